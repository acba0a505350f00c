import { type FSWatcher, watch } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { RunTool } from '../run-tool.ts'
import { applyCommands } from './apply.ts'
import { type ClusterFacts, type NodeObject, type PodObject, readClusterFacts } from './cluster-facts.ts'
import { type Desire, type DesireOptions, desiredNode, familiesFor } from './desired-node.ts'
import { type Carrier, ensureDevice, explainMissingDevice, findDevice } from './device.ts'
import { loadPrivateKey } from './key-file.ts'
import { publicKeyOf } from './key-pair.ts'
import { type IpFamily, publicKeyAnnotation } from './names.ts'
import { type NodeState, observeNode, readMembers, readWireguard } from './observe.ts'
import { type Command, planNode, planPeerChanges } from './plan-node.ts'
import { readServiceMarks } from './service-marks.ts'

export interface EncryptionAgentOptions extends DesireOptions {
  readonly intervalMs: number
  readonly stateDirectory: string
  readonly waitForDevice: boolean
}

/** What the agent has of the cluster. Both followers call back at once and then after every change, until the signal aborts. */
export interface ClusterAccess {
  followNodes(onNodes: (nodes: readonly NodeObject[]) => void, signal: AbortSignal): Promise<void>
  followPods(onPods: (pods: readonly PodObject[]) => void, signal: AbortSignal): Promise<void>
  annotateNode(name: string, annotations: Readonly<Record<string, string | null>>, signal: AbortSignal): Promise<void>
}

/** After a failure; it doubles up to the interval. The device, for instance, may be a moment away. */
const FIRST_RETRY_MS = 50

type Log = (severity: 'info' | 'warning' | 'error', message: string) => void

interface AgentContext {
  readonly run: RunTool
  readonly cluster: ClusterAccess
  readonly log: Log
  readonly signal: AbortSignal
}

/**
 * Keeps the node's part of the encryption until the signal aborts: at once when nodes, pods or the key file change, and all of it at
 * each interval. What cannot be done is logged and tried again. Everything stays when the agent ends.
 */
export async function runEncryptionAgent(options: EncryptionAgentOptions, context: AgentContext): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const agent = new EncryptionAgent(options, { ...context, signal })
  const following = Promise.all([
    context.cluster.followNodes((nodes) => agent.takeNodes(nodes), signal),
    context.cluster.followPods((pods) => agent.takePods(pods), signal),
  ]).finally(() => stop.abort())
  // Its failure is thrown below; until then nobody awaits it.
  following.catch(() => undefined)
  signal.addEventListener('abort', () => agent.wake(), { once: true })
  try {
    while (!signal.aborted) {
      await agent.cycle()
      await agent.pause()
    }
  } finally {
    agent.close()
  }
  await following
}

class EncryptionAgent {
  readonly #options: EncryptionAgentOptions
  readonly #context: AgentContext
  readonly #said = new Map<string, string>()
  /** Which node each public key has belonged to. */
  #accepted: ReadonlyMap<string, string> = new Map()
  #nodes: readonly NodeObject[] | undefined
  #pods: readonly PodObject[] | undefined
  #watcher: FSWatcher | undefined
  #woken = new AbortController()
  #facts = ''
  #isDue = false
  #failures = 0
  /** The version of the Node that lacked the key, and the key. */
  #published = ''
  #lastLine = ''
  #lastFullLook = Number.NEGATIVE_INFINITY
  /** As it was left after the last look at everything; undefined: not all of it was right. */
  #state: NodeState | undefined

  constructor(options: EncryptionAgentOptions, context: AgentContext) {
    this.#options = options
    this.#context = context
  }

  takeNodes(nodes: readonly NodeObject[]): void {
    this.#nodes = nodes
    this.#wakeForNews()
  }

  takePods(pods: readonly PodObject[]): void {
    this.#pods = pods
    this.#wakeForNews()
  }

  wake(): void {
    this.#isDue = true
    this.#woken.abort()
  }

  close(): void {
    this.#watcher?.close()
  }

  /** Until the interval is over or there is news. */
  async pause(): Promise<void> {
    if (this.#isDue || this.#context.signal.aborted) return
    const woken = new AbortController()
    this.#woken = woken
    // It ends by being aborted as often as by itself.
    const pauseMs = Math.min(this.#options.intervalMs, FIRST_RETRY_MS * 2 ** Math.min(this.#failures - 1, 20))
    const ms = this.#failures === 0 ? this.#options.intervalMs : pauseMs
    await delay(ms, undefined, { signal: woken.signal }).catch(() => undefined)
  }

  async cycle(): Promise<void> {
    this.#isDue = false
    if (this.#nodes === undefined || this.#pods === undefined) return
    try {
      await this.#reconcile(this.#nodes, this.#pods)
      this.#said.delete('error')
      this.#failures = 0
    } catch (error) {
      this.#state = undefined
      this.#published = ''
      this.#failures += 1
      const hint = error instanceof PacketproofError && error.hint !== undefined ? ` (${error.hint})` : ''
      if (!this.#context.signal.aborted) this.#say('error', 'error', `${messageOf(error)}${hint}`)
    }
  }

  /** Kubelets report their nodes every few seconds; most reports change nothing here. */
  #wakeForNews(): void {
    if (this.#nodes === undefined || this.#pods === undefined) return
    const facts = JSON.stringify(readClusterFacts(this.#nodes, this.#pods))
    if (facts === this.#facts) return
    this.#facts = facts
    this.wake()
  }

  async #reconcile(nodes: readonly NodeObject[], pods: readonly PodObject[]): Promise<void> {
    const { run } = this.#context
    const facts = readClusterFacts(nodes, pods)
    const isFull = this.#state === undefined || performance.now() - this.#lastFullLook >= this.#options.intervalMs * 0.9
    const { stateDirectory } = this.#options
    const privateKey = await loadPrivateKey(stateDirectory)
    this.#watchKey(stateDirectory)
    const publicKey = publicKeyOf(privateKey)
    const families = familiesFor(facts.nodes, this.#options.nodeName)
    let state = isFull ? await observeNode(run, families) : await this.#lookAtPeers(families)
    const desire = desiredNode(facts, state.links, publicKey, this.#options, this.#accepted)
    this.#tell(desire, facts)
    if (isFull) {
      await this.#apply(planNode(state, desire.node).rules)
      const carrier = await this.#haveDevice()
      this.#say('carrier', 'info', `the tunnel is carried by ${carrier === 'kernel' ? 'the kernel' : carrier}`)
      state = await observeNode(run, families)
      this.#lastFullLook = performance.now()
    }
    await this.#apply(isFull ? planNode(state, desire.node).device : planPeerChanges(state, desire.node), privateKey)
    this.#state = state
    this.#accepted = new Map(desire.node.peers.map((peer) => [peer.publicKey, peer.node]))
    const version = nodes.find(({ metadata }) => metadata?.name === desire.self.name)?.metadata?.resourceVersion ?? ''
    // What was published a moment ago may not have come back yet.
    if (desire.self.publicKey !== publicKey && this.#published !== `${version} ${publicKey}`) {
      const { cluster, signal } = this.#context
      this.#published = `${version} ${publicKey}`
      await cluster.annotateNode(desire.self.name, { [publicKeyAnnotation]: publicKey }, signal)
      this.#log('info', `published the public key ${publicKey}`)
    }
  }

  /** When pods or nodes have changed, what is looked at is what they can have changed; the rest has its turn at the interval. */
  async #lookAtPeers(families: readonly IpFamily[]): Promise<NodeState> {
    const { run } = this.#context
    const known = this.#state
    if (known === undefined || families.some((family) => known.families[family] === undefined))
      return await observeNode(run, families)
    const [wireguard, ...seen] = await Promise.all([
      readWireguard(run),
      ...families.map(async (family) => {
        const [members, serviceMarks] = await Promise.all([readMembers(run, family), readServiceMarks(run, family)])
        return [family, { ...known.families[family], members, serviceMarks }] as const
      }),
    ])
    return { ...known, wireguard, families: Object.fromEntries(seen) as NodeState['families'] }
  }

  async #haveDevice(): Promise<Carrier> {
    const { run } = this.#context
    if (!this.#options.waitForDevice) return await ensureDevice(run)
    const found = await findDevice(run)
    if (found !== undefined && (await readWireguard(run)) !== undefined) return found
    throw await explainMissingDevice(run)
  }

  async #apply(commands: readonly Command[], privateKey?: Buffer): Promise<void> {
    await applyCommands(this.#context.run, commands, privateKey, (what) => this.#log('info', what))
  }

  #watchKey(stateDirectory: string): void {
    if (this.#watcher !== undefined) return
    try {
      this.#watcher = watch(stateDirectory, () => {
        this.#state = undefined
        this.wake()
      })
      this.#watcher.on('error', () => undefined)
    } catch {
      // Without it a new key is taken up at the interval.
    }
  }

  #tell({ self, node, problems }: Desire, facts: ClusterFacts): void {
    const silent = facts.nodes.filter(({ name, publicKey }) => name !== self.name && publicKey === undefined)
    if (silent.length > 0) {
      const fate = this.#options.strict ? 'dropped' : 'not encrypted'
      const names = silent.map(({ name }) => name).join(', ')
      this.#say('silent', 'info', `no public key yet of ${names}: what goes to pods there is ${fate}`)
    } else this.#said.delete('silent')
    for (const problem of problems) this.#say(`problem ${problem}`, 'warning', problem)
    for (const key of this.#said.keys()) {
      if (key.startsWith('problem ') && !problems.includes(key.slice('problem '.length))) this.#said.delete(key)
    }
    this.#say('peers', 'info', `peers: ${node.peers.map((peer) => peer.node).join(', ') || 'none yet'}`)
  }

  /** What is the same in every cycle is said once; an error again when something else has been said since, so that it is the last word. */
  #say(topic: string, severity: 'info' | 'warning' | 'error', message: string): void {
    if (this.#said.get(topic) === message && (severity !== 'error' || this.#lastLine === message)) return
    this.#said.set(topic, message)
    this.#log(severity, message)
  }

  #log(severity: 'info' | 'warning' | 'error', message: string): void {
    this.#lastLine = message
    this.#context.log(severity, message)
  }
}
