import {
  type CapturedWindow,
  containsBytes,
  containsNoBytes,
  containsNoPackets,
  containsPackets,
  hasOutcome,
  isEqual,
  nonceBytes,
  type Observation,
  type Packet,
  type PingResult,
  ping,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { claimMembership } from '../membership.ts'
import { betweenNodes, needlesOf, watch, wireOf } from '../wire.ts'
import { type Actors, actorsOf, addressOf, type EncryptionWorld, PORT, TUNNEL } from '../world.ts'

const COUNT = 2

interface Pings {
  /** To the pod on the other node. */
  readonly far: PingResult
  /** To the pod on the same node. */
  readonly near: PingResult
  /** To the other node itself. */
  readonly node: PingResult
}

/** The document's experiment: the first packets between two nodes, on the wire, in the tunnel and in the pods. */
export const tunnel: StepDefinition<EncryptionWorld> = {
  id: 'tunnel',
  title: 'ping a pod on another node, and look on the wire, in the tunnel and in the pods',
  claims: ['S2.2', 'S2.2a', 'S2.19', 'S2.20', 'S2.20a', 'S2.21', 'S2.21a'],
  async run(context, world) {
    const actors = actorsOf(context, world)
    const { right, client, neighbour, server } = actors
    const options = { count: COUNT, intervalMs: 20, timeoutMs: 800, signal: context.signal }
    const seen = await watch(context, actors, 'pings under encryption', async (): Promise<Pings> => {
      // The first packet starts the handshake, so nothing else goes between the nodes meanwhile.
      const far = await ping(client, addressOf(server), options)
      const [near, node] = await Promise.all([
        ping(client, addressOf(neighbour), options),
        ping(client, addressOf(right), options),
      ])
      return { far, near, node }
    })
    await claimEncrypted(context, actors, seen)
    await claimPlainElsewhere(context, actors, seen)
    await claimWire(context, actors, seen)
    await claimMembership(context, world, actors, {
      wire: wireOf(actors, seen),
      tunnel: seen.capture(actors.left, TUNNEL),
      packets: 2 * COUNT,
    })
  },
}

/** The control for what is not on the wire: in the same capture there is the ping to the node, which is not encrypted. */
function controlNonce(seen: Observation<Pings>): { name: string; bytes: Uint8Array } {
  return { name: 'the nonce of the ping to the node', bytes: nonceBytes(seen.result.node) }
}

async function claimEncrypted(context: StepContext, actors: Actors, seen: Observation<Pings>): Promise<void> {
  const { left, right, client, server } = actors
  const wire = wireOf(actors, seen)
  const inner = { from: [addressOf(client), addressOf(server)], to: [addressOf(client), addressOf(server)] }
  await context.claim('S2.2', (claim) => {
    claim.control('the capture shows what is not encrypted', containsBytes(wire, controlNonce(seen)))
    claim.observe('the ping', hasOutcome(seen.result.far, 'ok'))
    claim.observe(
      'requests and replies in the tunnel',
      containsPackets(
        seen.capture(left, TUNNEL),
        { ...inner, payloadIncludes: nonceBytes(seen.result.far) },
        { count: 2 * COUNT },
      ),
    )
    claim.observe('data messages on the wire', isEqual(dataMessages(wire, actors).length, 2 * COUNT))
    claim.observe('packets between the pods on the wire', containsNoPackets(wire, inner))
  })
  await context.claim('S2.21', (claim) => {
    claim.control('the capture shows what is not encrypted', containsBytes(wire, controlNonce(seen)))
    claim.observe('the ping', hasOutcome(seen.result.far, 'ok'))
    claim.observe(
      'outer addresses',
      isEqual(
        [
          ...new Set(betweenNodes(wire.packets, left, right).map(({ ip }) => `${ip?.source} > ${ip?.destination}`)),
        ].toSorted(),
        [`${addressOf(left)} > ${addressOf(right)}`, `${addressOf(right)} > ${addressOf(left)}`].toSorted(),
      ),
    )
    // The client pings the node in plain, so its own address is on the wire: the server's is not.
    claim.observe('inner addresses and the ping’s nonce', containsNoBytes(wire, needlesOf([server], [seen.result.far])))
  })
}

async function claimPlainElsewhere(context: StepContext, actors: Actors, seen: Observation<Pings>): Promise<void> {
  const { left, neighbour } = actors
  const wire = wireOf(actors, seen)
  const tunnelled = seen.capture(left, TUNNEL)
  const { near, node, far } = seen.result
  await context.claim('S2.2a', (claim) => {
    claim.control(
      'the tunnel shows what is encrypted',
      containsBytes(tunnelled, { name: 'the nonce of the ping to the pod', bytes: nonceBytes(far) }),
    )
    claim.observe('a ping to the pod on the same node', hasOutcome(near, 'ok'))
    claim.observe('it does not go into the tunnel', containsNoBytes(tunnelled, needlesOf([neighbour], [near])))
    claim.observe('it does not go by the wire either', containsNoBytes(wire, needlesOf([], [near])))
    claim.observe('a ping to the other node', hasOutcome(node, 'ok'))
    claim.observe(
      'it goes in plain',
      containsPackets(wire, { payloadIncludes: nonceBytes(node), icmp: 'echo-request' }, { count: COUNT }),
    )
    claim.observe('and not into the tunnel', containsNoBytes(tunnelled, needlesOf([], [node])))
  })
}

async function claimWire(context: StepContext, actors: Actors, seen: Observation<Pings>): Promise<void> {
  const { left, right, client, server } = actors
  const wire = wireOf(actors, seen)
  const messages = betweenNodes(wire.packets, left, right)
  const kinds = messages.map(({ wireguard }) => wireguard?.kind ?? '')
  const first = kinds.indexOf('handshake-initiation')
  await context.claim('S2.19', (claim) => {
    if (first < 0 && kinds.includes('transport-data')) return claim.skip('the nodes had a session already')
    claim.observe(
      'the first four messages',
      isEqual(kinds.slice(first, first + 4), [
        'handshake-initiation',
        'handshake-response',
        'transport-data',
        'transport-data',
      ]),
    )
    claim.observe(
      'their sizes on Ethernet',
      isEqual(
        messages.slice(first, first + 4).map(({ originalLength }) => originalLength),
        [190, 134, 170, 170],
      ),
    )
  })
  await context.claim('S2.20', (claim) => {
    claim.control('the ping', hasOutcome(seen.result.far, 'ok'))
    claim.control('the capture shows what is not encrypted', containsBytes(wire, controlNonce(seen)))
    claim.observe(
      'its requests on the wire',
      containsPackets(wire, { icmp: 'echo-request', payloadIncludes: nonceBytes(seen.result.far) }),
    )
  })
  await context.claim('S2.20a', (claim) => {
    const filter = { icmp: 'echo-request', payloadIncludes: nonceBytes(seen.result.far) } as const
    for (const place of [seen.capture(left, TUNNEL), seen.capture(client), seen.capture(server)]) {
      claim.observe(`requests at ${place.host} ${place.interface}`, containsPackets(place, filter, { count: COUNT }))
    }
    claim.observe('requests on the wire', containsNoPackets(wire, filter))
    claim.observe(
      'port and sizes of the data messages',
      isEqual(
        [
          ...new Set(
            dataMessages(wire, actors).map(({ udp, originalLength }) => `${udp?.destinationPort} ${originalLength}`),
          ),
        ],
        [`${PORT} 170`],
      ),
    )
  })
}

function dataMessages(wire: CapturedWindow, { left, right }: Actors): readonly Packet[] {
  return betweenNodes(wire.packets, left, right).filter(
    ({ wireguard }) => wireguard?.kind === 'transport-data' && !wireguard.keepalive,
  )
}
