import { setTimeout as delay } from 'node:timers/promises'
import type { V1Namespace, V1NetworkPolicy, V1Pod } from '@kubernetes/client-node'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { RunTool } from '../run-tool.ts'
import { Programmer } from './apply/programmer.ts'
import type { Dialect } from './dialect.ts'
import { planNode } from './plan/plan-node.ts'

type Log = (severity: 'info' | 'warning' | 'error', message: string) => void

/** What the agent hears of the cluster; a field is undefined until it has been listed. */
export interface PolicyNews {
  namespaces?: readonly V1Namespace[]
  pods?: readonly V1Pod[]
  policies?: readonly V1NetworkPolicy[]
}

export interface PolicyAgentOptions {
  readonly nodeName: string
  readonly dialect: Dialect
  readonly refreshIntervalMs: number
}

/** How long to wait after a failure. */
const retryMs = 1000

/**
 * Keeps a node's rules until the signal aborts: at once when something changes, and compared with the kernel's at each interval.
 * Nothing is touched before namespaces, pods and policies are known. The rules stay when the agent ends.
 */
export class NetworkPolicyAgent {
  readonly #options: PolicyAgentOptions
  readonly #programmer: Programmer
  readonly #log: Log
  readonly #news: PolicyNews = {}
  #lastWords = ''
  #woken = new AbortController()
  #isDue = false

  constructor(options: PolicyAgentOptions, run: RunTool, log: Log) {
    this.#options = options
    this.#programmer = new Programmer(run)
    this.#log = log
  }

  take(news: PolicyNews): void {
    Object.assign(this.#news, news)
    this.#isDue = true
    this.#woken.abort()
  }

  async keep(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#woken.abort(), { once: true })
    let comparedAt = performance.now()
    while (!signal.aborted) {
      const isRefresh = performance.now() - comparedAt >= this.#options.refreshIntervalMs
      if (isRefresh) {
        comparedAt = performance.now()
        this.#programmer.forget()
      }
      const isDone = await this.#cycle(isRefresh)
      const untilRefresh = this.#options.refreshIntervalMs - (performance.now() - comparedAt)
      await this.#pause(signal, isDone ? untilRefresh : Math.min(untilRefresh, retryMs))
    }
  }

  async #cycle(isRefresh: boolean): Promise<boolean> {
    this.#isDue = false
    const { namespaces, pods, policies } = this.#news
    if (namespaces === undefined || pods === undefined || policies === undefined) return true
    const { nodeName, dialect } = this.#options
    const start = performance.now()
    try {
      const plans = planNode({ namespaces, pods, policies }, nodeName, dialect)
      const lines = await this.#programmer.apply(plans)
      const what = isRefresh ? 'healed' : 'applied'
      if (lines > 0) this.#log('info', `${what} ${lines} lines in ${(performance.now() - start).toFixed(1)} ms`)
      this.#lastWords = ''
      return true
    } catch (error) {
      const hint = error instanceof PacketproofError && error.hint !== undefined ? ` (${error.hint})` : ''
      const words = `the rules were left as they are: ${messageOf(error)}${hint}`
      if (words !== this.#lastWords) this.#log('error', words)
      this.#lastWords = words
      return false
    }
  }

  async #pause(signal: AbortSignal, ms: number): Promise<void> {
    if (this.#isDue || signal.aborted) return
    const woken = new AbortController()
    this.#woken = woken
    // It ends by being aborted as often as by itself.
    await delay(Math.max(0, ms), undefined, { signal: woken.signal }).catch(() => undefined)
  }
}
