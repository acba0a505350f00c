import {
  type CapturedWindow,
  findWireguardSessions,
  isEqual,
  matchPackets,
  type Packet,
  type StepContext,
  type WireguardSession,
} from '../../src/index.ts'
import { betweenNodes } from './wire.ts'
import { type Actors, addressOf, type EncryptionWorld } from './world.ts'

/**
 * What is on the wire is the tunnel's, all of it and nothing else.
 * @param packets how many packets the probes sent and received through it
 */
export async function claimMembership(
  context: StepContext,
  world: EncryptionWorld,
  actors: Actors,
  {
    wire,
    tunnel,
    packets,
  }: { readonly wire: CapturedWindow; readonly tunnel: CapturedWindow; readonly packets: number },
): Promise<void> {
  const { left, right, client, server } = actors
  const { sessions, foreign } = findWireguardSessions(betweenNodes(wire.packets, left, right))
  const inner = matchPackets(tunnel.packets, {
    from: [addressOf(client), addressOf(server)],
    to: [addressOf(client), addressOf(server)],
  })
  const table = context.evidence.add({
    kind: 'text',
    title: 'the sessions on the wire',
    text: describeSessions(sessions, foreign),
  })
  await context.claim('S2.21a', (claim) => {
    claim.uses(table)
    if (sessions.length === 0 && !world.sawPlain) return claim.skip('the nodes had a session already')
    claim.observe('sessions between the two nodes', {
      ...isEqual(sessions.length > 0, true),
      evidence: [wire.evidenceId],
    })
    claim.observe('data messages of no session, or of another index', isEqual(foreign.length, 0))
    for (const { initiator, toInitiator, toResponder } of sessions) {
      for (const [name, direction] of [
        ['to the responder', toResponder],
        ['to the initiator', toInitiator],
      ] as const) {
        claim.observe(
          `session begun by ${initiator}, ${name}: every counter from 0 on, once`,
          isEqual(direction.isComplete, true),
        )
      }
    }
    const sent = sessions.flatMap(({ toInitiator, toResponder }) => [...toInitiator.packets, ...toResponder.packets])
    claim.observe('packets in the tunnel, and data messages on the wire', isEqual(sent.length, inner.length))
    claim.observe('packets in the tunnel, and requests and replies of the ping', isEqual(inner.length, packets))
  })
}

function describeSessions(sessions: readonly WireguardSession[], foreign: readonly Packet[]): string {
  const lines = sessions.flatMap(({ initiator, responder, toResponder, toInitiator }) => [
    `handshake of ${initiator} with ${responder}`,
    ...[toResponder, toInitiator].map(
      ({ receiverIndex, packets, keepalives, lastCounter, isComplete }, at) =>
        `  to the ${at === 0 ? 'responder' : 'initiator'}: index 0x${receiverIndex.toString(16).padStart(8, '0')}, ${packets.length} data messages, ` +
        `${keepalives} keepalives, last counter ${lastCounter ?? 'none'}${isComplete ? '' : ', with gaps or repetitions'}`,
    ),
  ])
  return [...lines, `data messages of none of them: ${foreign.length}`].join('\n')
}
