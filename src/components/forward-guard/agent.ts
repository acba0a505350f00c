import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { RunTool } from '../run-tool.ts'
import { clusterNodesOf, type NodeObject } from './cluster-node.ts'
import type { IpFamily } from './guard-rule.ts'
import { type GuardOptions, reconcileGuard } from './reconcile.ts'

type Log = (severity: 'info' | 'warning' | 'error', message: string) => void

export interface GuardAgentOptions extends GuardOptions {
  readonly families: readonly IpFamily[]
  readonly intervalMs: number
}

/** Tells the nodes whenever they change, until the signal aborts; a failure to do so ends the agent. */
export type FollowNodes = (onNodes: (nodes: readonly NodeObject[]) => void, signal: AbortSignal) => Promise<void>

/**
 * Keeps the guard until the signal aborts: at once when the nodes change, and at each interval. Nothing is touched before
 * the nodes are known, nor while they, or the rules, would make the guard cut the cluster off: that is logged, and the
 * guard stays as it is. The rules stay when the agent ends.
 */
export async function runGuardAgent(
  options: GuardAgentOptions,
  context: { run: RunTool; follow: FollowNodes; log: Log; signal: AbortSignal },
): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const agent = new GuardAgent(options, context.run, context.log)
  const following = context.follow((nodes) => agent.takeNodes(nodes), signal).finally(() => stop.abort())
  // Its failure is thrown below; until then nobody awaits it.
  following.catch(() => undefined)
  signal.addEventListener('abort', () => agent.wake(), { once: true })
  while (!signal.aborted) {
    await agent.cycle()
    await agent.pause(signal)
  }
  await following
}

class GuardAgent {
  readonly #options: GuardAgentOptions
  readonly #run: RunTool
  readonly #log: Log
  readonly #lastWords = new Map<string, string>()
  #nodes: readonly NodeObject[] | undefined
  #woken = new AbortController()
  #facts = ''
  #isDue = false

  constructor(options: GuardAgentOptions, run: RunTool, log: Log) {
    this.#options = options
    this.#run = run
    this.#log = log
  }

  takeNodes(nodes: readonly NodeObject[]): void {
    // A kubelet reports its node every few minutes; most reports change nothing here.
    const facts = JSON.stringify(
      nodes.map(({ metadata, spec, status }) => [metadata?.name, spec?.podCIDRs, status?.addresses]),
    )
    if (facts === this.#facts) return
    this.#facts = facts
    this.#nodes = nodes
    this.#isDue = true
    this.wake()
  }

  wake(): void {
    this.#woken.abort()
  }

  async cycle(): Promise<void> {
    this.#isDue = false
    const nodes = this.#nodes
    if (nodes === undefined) return
    for (const family of this.#options.families) await this.#guard(family, nodes)
  }

  /** Until the interval is over or the nodes change. */
  async pause(signal: AbortSignal): Promise<void> {
    if (this.#isDue || signal.aborted) return
    const woken = new AbortController()
    this.#woken = woken
    // It ends by being aborted as often as by itself.
    await delay(this.#options.intervalMs, undefined, { signal: woken.signal }).catch(() => undefined)
  }

  async #guard(family: IpFamily, objects: readonly NodeObject[]): Promise<void> {
    try {
      const nodes = clusterNodesOf(objects, family)
      const state = await reconcileGuard(this.#run, family, nodes, this.#options, (payload) => {
        this.#log('info', `IPv${family}: applied ${payload.trimEnd().split('\n').join('; ')}`)
      })
      const { position, number } = state.plan
      const where = `the guard stands at place ${number} of FORWARD: ${position.reasons.join('; ')}`
      this.#say(family, 'info', where)
      for (const warning of [...state.tables.warnings, ...position.warnings]) this.#say(family, 'warning', warning)
      this.#lastWords.delete(`${family} error`)
    } catch (error) {
      const hint = error instanceof PacketproofError && error.hint !== undefined ? ` (${error.hint})` : ''
      this.#say(family, 'error', `the guard was left as it is: ${messageOf(error)}${hint}`)
    }
  }

  /** What is the same in every cycle is said once. */
  #say(family: IpFamily, severity: 'info' | 'warning' | 'error', message: string): void {
    const key = severity === 'warning' ? `${family} ${message}` : `${family} ${severity}`
    if (this.#lastWords.get(key) === message) return
    this.#lastWords.set(key, message)
    this.#log(severity, `IPv${family}: ${message}`)
  }
}
