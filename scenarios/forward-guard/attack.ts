import {
  type ClaimRecorder,
  containsPackets,
  type Host,
  hasOutcome,
  nonceBytes,
  type Observation,
  observe,
  type PingResult,
  type Pod,
  ping,
  type StepContext,
  type TransportResult,
  tcp,
  udp,
} from '../../src/index.ts'
import { type ForwardGuardWorld, HTTP_PORT } from './world.ts'

/** One outsider that reaches for one pod by way of one node. */
export interface Pair {
  readonly outsider: Host
  readonly via: Host
  readonly pod: Pod
}

export interface Attack {
  /** Every outsider at every pod. */
  readonly pings: readonly { readonly pair: Pair; readonly probe: PingResult }[]
  /** Each outsider at the pod of the node that it goes by: TCP to the open port, UDP to a closed one. */
  readonly tcp: readonly { readonly pair: Pair; readonly probe: TransportResult }[]
  readonly udp: readonly { readonly pair: Pair; readonly probe: TransportResult }[]
}

const CLOSED_UDP_PORT = 9001

/** Outsider N goes by way of node N. */
export function allPairs(context: StepContext, world: ForwardGuardWorld): Pair[] {
  return context.cluster.nodes.flatMap((via, index) => {
    const outsider = context.cluster.machine(`outsider-${index + 1}`)
    return world.pods.map((pod) => ({ outsider, via, pod }))
  })
}

/** Pings from every outsider to every pod, and tries TCP and UDP, with captures at all ends and the filter tables around it. */
export async function attack(
  context: StepContext,
  world: ForwardGuardWorld,
  title: string,
  family: 4 | 6 = 4,
): Promise<Observation<Attack>> {
  const { cluster, signal } = context
  const pairs = allPairs(context, world)
  const direct = pairs.filter(({ via, pod }) => pod.node === via)
  const address = (pod: Pod): string => addressOf(pod, family)
  const outsiders = pairs.map(({ outsider }) => outsider).filter((host, at, all) => all.indexOf(host) === at)
  const plan = {
    title,
    captures: [...world.pods, ...outsiders].map((host) => ({ host, interface: 'eth0' })),
    rulesets: cluster.nodes.map((host) => ({ host, family, table: 'filter' })),
  }
  const options = { timeoutMs: 500, signal }
  return observe(context, plan, async () => {
    const [pings, connections, datagrams] = await Promise.all([
      Promise.all(
        pairs.map(async (pair) => ({
          pair,
          probe: await ping(pair.outsider, address(pair.pod), { ...options, count: 1 }),
        })),
      ),
      Promise.all(
        direct.map(async (pair) => ({ pair, probe: await tcp(pair.outsider, address(pair.pod), HTTP_PORT, options) })),
      ),
      Promise.all(
        direct.map(async (pair) => ({
          pair,
          probe: await udp(pair.outsider, address(pair.pod), CLOSED_UDP_PORT, options),
        })),
      ),
    ])
    return { pings, tcp: connections, udp: datagrams }
  })
}

export function addressOf(host: Host, family: 4 | 6): string {
  return host.addresses.find((address) => address.includes(':') === (family === 6)) ?? ''
}

/** Every pair gets through: the pod sees the outsider and the outsider its answer. */
export function observeReached(claim: ClaimRecorder, seen: Observation<Attack>, family: 4 | 6 = 4): void {
  for (const { pair, probe } of seen.result.pings) {
    const name = nameOf(pair)
    claim.observe(
      `${name}: the ping arrives`,
      containsPackets(seen.capture(pair.pod), {
        icmp: 'echo-request',
        from: addressOf(pair.outsider, family),
        payloadIncludes: nonceBytes(probe),
      }),
    )
    claim.observe(`${name}: the ping is answered`, hasOutcome(probe, 'ok'))
  }
  for (const { pair, probe } of seen.result.tcp) claim.observe(`${nameOf(pair)}: TCP`, hasOutcome(probe, 'ok'))
}

/** No pair gets through, and each is told so by the node that it goes by. The control: the outsider did send it. */
export function observeRejected(claim: ClaimRecorder, seen: Observation<Attack>, family: 4 | 6 = 4): void {
  for (const { pair, probe } of seen.result.pings) {
    const name = nameOf(pair)
    const payloadIncludes = nonceBytes(probe)
    claim.control(
      `${name}: the ping was sent`,
      containsPackets(seen.capture(pair.outsider), { icmp: 'echo-request', payloadIncludes }),
    )
    claim.observe(`${name}: the ping is rejected`, hasOutcome(probe, 'rejected'))
    claim.observe(
      `${name}: the node says so`,
      containsPackets(seen.capture(pair.outsider), {
        icmp: 'destination-unreachable',
        from: addressOf(pair.via, family),
        quoting: { to: addressOf(pair.pod, family), protocol: family === 4 ? 'icmp' : 'icmpv6' },
      }),
    )
  }
  for (const { pair, probe } of [...seen.result.tcp, ...seen.result.udp]) {
    const name = `${nameOf(pair)}: ${probe.probe}`
    claim.observe(
      `${name}: the node says so`,
      containsPackets(seen.capture(pair.outsider), {
        icmp: 'destination-unreachable',
        from: addressOf(pair.via, family),
        quoting: { to: addressOf(pair.pod, family), protocol: probe.probe },
      }),
    )
    // Over IPv6 Linux keeps trying a connection that is answered so.
    if (family === 4 || probe.probe === 'udp') claim.observe(`${name}: the outcome`, hasOutcome(probe, 'refused'))
  }
}

/** For the reader of a check. */
export function nameOf({ outsider, via, pod }: Pair): string {
  return `${outsider.name} by way of ${via.name} to ${pod.name}`
}
