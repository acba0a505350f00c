import { randomBytes } from 'node:crypto'
import {
  type Cluster,
  encryptionNamespace,
  encryptionPods,
  type HostProcess,
  matchPackets,
  type Node,
  observe,
  type Packet,
  type Pod,
  type StepContext,
  waitFor,
} from '../../src/index.ts'
import { addressOf, PORT } from './world.ts'

const INTERVAL_SECONDS = '0.01'
/** How many answers in a row must come after the change, before the window is closed. */
const ANSWERS_AFTER = 5

/** Something that happened while packets were watched. */
export interface Moment {
  readonly what: string
  readonly atMs: number
  /** The node whose agent did it. */
  readonly node?: string
}

export interface LeakWindow {
  readonly title: string
  /** When the change began. */
  readonly beganAtMs: number
  readonly moments: readonly Moment[]
  /** What carried the ping's nonce on the wire for anyone to read, requests and replies. */
  readonly plain: readonly Packet[]
  /** Data messages between the two nodes. */
  readonly encrypted: readonly Packet[]
  readonly evidence: readonly string[]
  readonly problem: string | undefined
}

export interface LeakPlan {
  readonly title: string
  readonly cluster: Cluster
  readonly from: Pod
  /** An address that need not have a pod yet. */
  readonly to: string
  readonly toNode: Node
  readonly interface: string
}

/** Pings a hundred times a second while something changes, until answers come again, and reads the wire of the sender's node. */
export async function watchLeaks(
  context: StepContext,
  plan: LeakPlan,
  change: (mark: (what: string) => void) => Promise<void>,
): Promise<LeakWindow> {
  const { title, cluster, from, to, toNode } = plan
  const { node } = from
  const nonce = randomBytes(16).toString('hex')
  const captures = [{ host: node, interface: plan.interface, filter: `icmp or udp port ${PORT}` }]
  const moments: Moment[] = []
  const seen = await observe(context, { title, captures, rulesets: [] }, async () => {
    const argv = ['ping', '-n', '-i', INTERVAL_SECONDS, '-c', '6000', '-p', nonce, to]
    const pings = new Answers(await from.spawn(argv, { signal: context.signal }))
    try {
      const beganAtMs = Date.now()
      await change((what) => moments.push({ what, atMs: Date.now() }))
      await pings.more(context.signal)
      return beganAtMs
    } finally {
      await pings.end()
    }
  })
  const wire = seen.capture(node)
  const payload = { payloadIncludes: Buffer.from(nonce, 'hex') }
  const plain = matchPackets(wire.packets, { ...payload, icmp: ['echo-request', 'echo-reply'] })
  const ends = [node, toNode].map((host) => addressOf(host))
  const messages = matchPackets(wire.packets, { from: ends, to: ends, wireguard: 'transport-data' })
  const told = await agentMoments(cluster, seen.result)
  const window = {
    title,
    beganAtMs: seen.result,
    moments: [...moments, ...told].toSorted((a, b) => a.atMs - b.atMs),
    plain,
    encrypted: messages.filter(({ wireguard }) => wireguard?.keepalive === false),
    problem: wire.problem,
  }
  const drawing = draw(context, plan, window)
  return { ...window, evidence: [drawing, wire.evidenceId] }
}

/** Those after a moment; of one sender, if given. */
export function plainAfter({ plain }: Pick<LeakWindow, 'plain'>, atMs: number, from?: string): readonly Packet[] {
  return plain.filter(
    (packet) => packet.timestampUs / 1000 > atMs && (from === undefined || packet.ip?.source === from),
  )
}

/** The answers that a running ping has had. */
class Answers {
  readonly #process: HostProcess
  #count = 0

  constructor(process: HostProcess) {
    this.#process = process
    process.stdout.on('data', (chunk: Buffer) => {
      this.#count += chunk.toString().split('bytes from').length - 1
    })
  }

  async more(signal: AbortSignal): Promise<void> {
    const wanted = this.#count + ANSWERS_AFTER
    const reason = 'the pings to be answered after the change'
    await waitFor(reason, () => this.#count >= wanted, { timeoutMs: 10_000, signal })
  }

  async end(): Promise<void> {
    await this.#process.kill('SIGKILL')
    await this.#process.exited
  }
}

/** What the agents logged since then about rules and keys: `2026-01-01T00:00:00.000Z info: …`. */
async function agentMoments(cluster: Cluster, sinceMs: number): Promise<Moment[]> {
  const pods = await encryptionPods(cluster)
  const logs = await Promise.all(
    pods.map(async ({ name, node }) => ({
      node,
      log: await cluster.api.core.readNamespacedPodLog({ namespace: encryptionNamespace, name, container: 'agent' }),
    })),
  )
  return logs.flatMap(({ node, log }) =>
    log.split('\n').flatMap((line): Moment[] => {
      const [, time, what] =
        /^(\S+) info: (write the rules of IPv4|published the public key|mark what goes to \d.*)/.exec(line) ?? []
      const atMs = Date.parse(time ?? '')
      return what !== undefined && atMs >= sinceMs ? [{ what: `${node}: ${what}`, atMs, node }] : []
    }),
  )
}

function draw(context: StepContext, { from }: LeakPlan, window: Omit<LeakWindow, 'evidence'>): string {
  const client = addressOf(from)
  const clock = (packet: Packet): number => context.clockOf(packet.timestampUs / 1000)
  const plain = window.plain.map((packet) => {
    const isRequest = packet.ip?.source === client
    const isLeak = packet.timestampUs / 1000 > window.beganAtMs
    return {
      atMs: clock(packet),
      what: `${isRequest ? 'request' : 'reply'} ${packet.icmp?.sequence ?? ''} in plain`,
      lane: isRequest ? 'requests in plain' : 'replies in plain',
      tone: isLeak ? ('bad' as const) : ('neutral' as const),
    }
  })
  const encrypted = window.encrypted.map((packet) => ({
    atMs: clock(packet),
    what: `data message ${packet.wireguard?.counter ?? ''} of ${packet.ip?.source ?? ''}`,
    lane: 'data messages',
    tone: 'good' as const,
  }))
  const moments = window.moments.map(({ what, atMs }) => ({ atMs: context.clockOf(atMs), what }))
  const began = { atMs: context.clockOf(window.beganAtMs), what: 'the change begins' }
  const entries = [began, ...moments, ...plain, ...encrypted].toSorted((a, b) => a.atMs - b.atMs)
  return context.evidence.add({ kind: 'timeline', title: `on the wire: ${window.title}`, entries })
}
