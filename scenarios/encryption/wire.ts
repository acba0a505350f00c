import {
  addressNeedle,
  type CapturedWindow,
  matchPackets,
  type Needle,
  type Node,
  nonceBytes,
  type Observation,
  observe,
  type Packet,
  type ProbeResult,
  type StepContext,
} from '../../src/index.ts'
import { type Actors, addressOf, TUNNEL } from './world.ts'

/** Captures on the wire, in the tunnel and in both pods, with the mangle table of the left node around it. */
export async function watch<T>(
  context: StepContext,
  actors: Actors,
  title: string,
  happening: () => Promise<T>,
  options: { readonly tunnel?: boolean; readonly hosts?: boolean } = {},
): Promise<Observation<T>> {
  const { left, client, server } = actors
  const { tunnel = true, hosts = true } = options
  const plan = {
    title,
    captures: [
      // Newer versions of wireguard-go hand the kernel several messages at once, and a capture sees them before they are cut.
      { host: left, interface: actors.uplink, snaplen: 16_384 },
      ...(tunnel ? [{ host: left, interface: TUNNEL }] : []),
      ...(hosts ? [client, server].map((host) => ({ host, interface: 'eth0' })) : []),
    ],
    rulesets: [],
  }
  return await observe(context, plan, happening)
}

/** On the wire of the left node. */
export function wireOf({ left, uplink }: Actors, seen: Observation<unknown>): CapturedWindow {
  return seen.capture(left, uplink)
}

/** What must not be seen: the addresses of these hosts, and what the probes carry. */
export function needlesOf(
  hosts: readonly { readonly addresses: readonly string[] }[],
  probes: readonly ProbeResult[],
): Needle[] {
  return [
    ...hosts.flatMap(({ addresses }) => addresses.map(addressNeedle)),
    ...probes.map((probe) => ({ name: `the nonce of ${probe.probe} to ${probe.to}`, bytes: nonceBytes(probe) })),
  ]
}

/** WireGuard between two nodes, in either direction. */
export function betweenNodes(packets: readonly Packet[], a: Node, b: Node): readonly Packet[] {
  const ends = [a, b].map((node) => addressOf(node))
  return matchPackets(packets, { from: ends, to: ends, wireguard: true })
}
