import { familyOf } from '../../helpers/cidr.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { findHost, listHosts } from '../cluster/find-host.ts'
import type { Host } from '../cluster/host.ts'
import { PacketproofError } from '../errors.ts'
import type { ProbeResult } from '../probe/outcome.ts'
import { completeLeg } from './complete-leg.ts'
import type { Ending, ExplainedProtocol, Explanation, Leg, Tuple } from './explanation.ts'
import { endpoint, findEnding } from './find-ending.ts'
import { findRoute } from './find-route.ts'
import { findTarget, type Target } from './find-target.ts'
import { answers, PassagePool } from './follow-packet.ts'
import type { TracedPassage } from './read-passages.ts'
import { traceProbe } from './trace-probe.ts'

export interface ExplainRequest {
  readonly from: string
  /** A host, a Service (`svc/NAME`) or an address, with `:PORT` if wanted. */
  readonly to: string
  /** Default: TCP when there is a port, else ICMP. */
  readonly protocol?: ExplainedProtocol
  /** How long the probe waits for an answer; default 1000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** More legs than this are a loop. */
const MAX_LEGS = 8

/**
 * Sends one packet and tells its story: what every hook, chain and rule did with it on every host that it passed.
 * @throws PacketproofError E_USAGE (no such host, no port, no common address family), E_TOOL_MISSING, E_EXEC_FAILED.
 */
export async function explain(cluster: Cluster, request: ExplainRequest): Promise<Explanation> {
  const start = performance.now()
  const hosts = await listHosts(cluster)
  const from = findHost(hosts, request.from)
  const target = await findTarget(cluster, hosts, request.to)
  const asked = chooseQuestion(from, target, request)
  const { address, port, protocol } = asked
  const ends = [address, ...target.backends]
  const watched = [
    ...new Set([from, ...cluster.nodes, ...hosts.map(({ host }) => host).filter((host) => isOneOf(host, ends))]),
  ]
  const { passages, probe } = await traceProbe({
    watched,
    ends: [...from.addresses, ...ends],
    from,
    ...asked,
    timeoutMs: request.timeoutMs ?? 1000,
    ...(request.signal && { signal: request.signal }),
  })
  const pool = new PassagePool(passages)
  const find = (name: string): Host | undefined => watched.find((host) => host.name === name)
  const legs: Leg[] = []
  const wanted: Tuple = { source: '', destination: address, ...(port !== undefined && { destinationPort: port }) }
  let ending: Ending | undefined
  let way = pool.follow((passage) => passage.host === from.name && isFirst(passage, wanted, protocol))
  while (way.length > 0 && legs.length < MAX_LEGS) {
    const leg = await completeLeg(legTitle(legs.length, way), way, pool, find)
    legs.push(leg)
    ending = findEnding(leg.passages, wanted, probe.outcome)
    const last = way.at(-1)
    if (ending?.kind !== 'proxied' || last === undefined) break
    // The proxy on this host opens a connection of its own to where the first one was to go.
    way = pool.follow(({ host, order, isSyn, entered }) => {
      return host === last.host && isSyn && order > last.order && entered.destinationPort === port
    })
  }
  const end = way.at(-1) ?? undefined
  const answer = end && pool.follow(({ host, entered }) => host === end.host && answers(entered, end.left))
  return {
    schemaVersion: 1,
    question: { from: request.from, to: request.to, address, ...(port !== undefined && { port }), protocol },
    outcome: { outcome: probe.outcome, detail: probe.detail.trim() },
    legs,
    ending: ending ?? (await neverSent(from, address, probe)),
    ...(answer && answer.length > 0 && { answer: await completeLeg('the answer', answer, pool, find) }),
    durationMs: Math.round(performance.now() - start),
  }
}

function isOneOf(host: Host, addresses: readonly string[]): boolean {
  return host.addresses.some((address) => addresses.includes(address))
}

function chooseQuestion(
  from: Host,
  target: Target,
  request: ExplainRequest,
): { address: string; port?: number; protocol: ExplainedProtocol } {
  const port = target.port ?? (request.protocol === 'icmp' ? undefined : target.defaultPort)
  const protocol = request.protocol ?? (port === undefined ? 'icmp' : 'tcp')
  const families = new Set(from.addresses.map((address) => familyOf(address)))
  const address = target.addresses.find((candidate) => families.has(familyOf(candidate)))
  if (address === undefined) {
    throw new PacketproofError('E_USAGE', `${from.name} and ${target.name} have no address of the same family`, {
      hint: `${from.name} has ${from.addresses.join(', ') || 'none'}, ${target.name} has ${target.addresses.join(', ') || 'none'}`,
    })
  }
  if (protocol === 'icmp') return { address, protocol }
  if (port === undefined) {
    throw new PacketproofError('E_USAGE', `${protocol} needs a port: ${request.to}:PORT`)
  }
  return { address, port, protocol }
}

function isFirst(passage: TracedPassage, wanted: Tuple, protocol: ExplainedProtocol): boolean {
  const { entered, isSyn } = passage
  const isWanted = entered.destination === wanted.destination && entered.destinationPort === wanted.destinationPort
  return isWanted && (protocol !== 'tcp' || isSyn)
}

function legTitle(index: number, way: readonly TracedPassage[]): string {
  if (index === 0) return 'the packet'
  const [first] = way
  return first === undefined ? '' : `the connection that the proxy on ${first.host} opens to ${endpoint(first.entered)}`
}

/** The sender's kernel, or the tool, would not send it. */
async function neverSent(from: Host, address: string, probe: ProbeResult): Promise<Ending> {
  const route = await findRoute(from, { tuple: { source: '', destination: address } })
  if (!route.found)
    return { kind: 'no-route', host: from.name, text: `${from.name} has no route to ${address}: ${route.text}` }
  return { kind: 'never-sent', host: from.name, text: `${from.name} sent nothing: ${probe.detail}` }
}
