import {
  type CapturedWindow,
  containsBytes,
  containsNoBytes,
  containsPackets,
  hasCounted,
  hasOutcome,
  isEqual,
  type Judged,
  nonceBytes,
  observe,
  type ProbeResult,
  ping,
  type StepContext,
  type StepDefinition,
  tcp,
  udp,
} from '../../../src/index.ts'
import { needlesOf, watch, wireOf } from '../wire.ts'
import { type Actors, actorsOf, addressOf, type EncryptionWorld, HTTP_PORT, TUNNEL, UDP_PORT } from '../world.ts'

const MARK = { table: 'mangle', chain: 'ENCRYPT-PODS', target: 'MARK' }

/** The other protocols, the other family, outside, and packets that are too large. */
export const traffic: StepDefinition<EncryptionWorld> = {
  id: 'traffic',
  title: 'use the tunnel with TCP, UDP, IPv6 and large packets, and talk to a host outside',
  claims: ['S2.2a', 'S2.2b', 'S2.2c', 'S2.7'],
  async run(context, world) {
    const actors = actorsOf(context, world)
    await claimProtocols(context, actors)
    await claimLarge(context, actors)
    await claimMarks(context, world, actors)
  },
}

async function claimProtocols(context: StepContext, actors: Actors): Promise<void> {
  const { left, client, server } = actors
  const options = { timeoutMs: 1000, signal: context.signal }
  const pingOptions = { ...options, count: 1 }
  const families = context.lacks('ipv6') === undefined ? ([4, 6] as const) : ([4] as const)
  const outside = context.lacks('external-hosts') === undefined ? context.cluster.machine('internet') : undefined
  const seen = await watch(context, actors, 'TCP, UDP and ICMP, IPv4 and IPv6', async () => {
    const [probes, beyond] = await Promise.all([
      Promise.all(
        families.flatMap((family): Promise<ProbeResult>[] => {
          const to = addressOf(server, family)
          return [
            tcp(client, to, HTTP_PORT, options),
            udp(client, to, UDP_PORT, options),
            ping(client, to, pingOptions),
          ]
        }),
      ),
      outside && ping(client, addressOf(outside), pingOptions),
    ])
    return { probes, beyond }
  })
  const wire = wireOf(actors, seen)
  const inside = seen.capture(left, TUNNEL)
  const { probes, beyond } = seen.result
  await context.claim('S2.2b', (claim) => {
    for (const probe of probes) {
      const nonce = { name: `the nonce of ${probe.probe} to ${probe.to}`, bytes: nonceBytes(probe) }
      claim.observe(`${probe.probe} to ${probe.to}`, hasOutcome(probe, 'ok'))
      claim.observe(`${nonce.name} in the tunnel`, containsBytes(inside, nonce))
    }
    if (beyond !== undefined) {
      claim.control(
        'the capture shows what is not encrypted',
        containsPackets(wire, { payloadIncludes: nonceBytes(beyond) }),
      )
    }
    claim.observe(
      'addresses of the other pod and nonces on the wire',
      containsNoBytes(wire, needlesOf([server], probes)),
    )
  })
  if (beyond === undefined) return
  await context.claim('S2.2a', (claim) => {
    claim.observe('a ping to the host outside', hasOutcome(beyond, 'ok'))
    claim.observe(
      'it goes in plain',
      containsPackets(wire, { payloadIncludes: nonceBytes(beyond), icmp: 'echo-request' }, { count: 1 }),
    )
    claim.observe('and not into the tunnel', containsNoBytes(inside, needlesOf([], [beyond])))
  })
}

/** A packet that fits, one that is a byte too large and must not be fragmented, and one that may be. */
async function claimLarge(context: StepContext, actors: Actors): Promise<void> {
  const { left, client, server } = actors
  const to = addressOf(server)
  const mtu = (await mtuOf(actors)) - 80
  const send = async (size: number, ...flags: string[]) =>
    await client.exec(['ping', '-n', '-c', '1', '-W', '1', ...flags, '-s', String(size - 28), to], {
      signal: context.signal,
    })
  const seen = await watch(context, actors, 'large packets', async () => ({
    fits: await send(mtu, '-M', 'do'),
    tooLarge: await send(mtu + 1, '-M', 'do'),
    parts: await ping(client, to, { count: 1, payloadBytes: 3000, signal: context.signal }),
  }))
  const wire = wireOf(actors, seen)
  const { fits, tooLarge, parts } = seen.result
  await context.claim('S2.2c', (claim) => {
    claim.observe(`a packet of ${mtu} bytes that must not be fragmented`, isEqual(fits.exitCode, 0))
    claim.observe('on Ethernet it is 14 + 20 + 8 + 16 + 16 longer', includesLength(wire, mtu + 74))
    claim.observe(`one of ${mtu + 1} bytes is refused`, isEqual(tooLarge.exitCode, 1))
    claim.observe(
      'with the size that would fit',
      includes(`${tooLarge.stdout}${tooLarge.stderr}`, new RegExp(`mtu ?= ?${mtu}`)),
    )
    claim.observe('a ping of 3000 bytes that may be fragmented', hasOutcome(parts, 'ok'))
    claim.observe(
      'goes through the tunnel in parts',
      containsPackets(seen.capture(left, TUNNEL), { fragment: true, from: addressOf(client), to }, { atLeast: 3 }),
    )
    claim.observe('and none of them is on the wire', containsNoBytes(wire, needlesOf([server], [parts])))
  })
}

async function mtuOf({ left, uplink }: Actors): Promise<number> {
  const result = await left.exec(['cat', `/sys/class/net/${uplink}/mtu`])
  return Number(result.stdout)
}

/** Marked is what is led into the tunnel, and nothing else. */
async function claimMarks(
  context: StepContext,
  { isBuiltin }: EncryptionWorld,
  { left, client, neighbour, server, right }: Actors,
): Promise<void> {
  if (!isBuiltin) {
    return await context.claim('S2.7', (claim) => claim.skip('Cilium marks in BPF, where no counter is read here'))
  }
  const count = async (title: string, target: string) => {
    const plan = { title, captures: [], rulesets: [{ host: left, family: 4 as const, table: 'mangle' }] }
    return await observe(context, plan, () =>
      ping(client, target, { count: 2, intervalMs: 20, signal: context.signal }),
    )
  }
  const far = await count('a ping to a pod on another node', addressOf(server))
  const near = await count('a ping to a pod on the same node', addressOf(neighbour))
  const node = await count('a ping to another node', addressOf(right))
  await context.claim('S2.7', (claim) => {
    claim.observe('packets to the pod on the other node that were marked', hasCounted(far.ruleset(left), MARK, 2))
    claim.observe('packets to the pod on the same node', hasCounted(near.ruleset(left), MARK, 0))
    claim.observe('packets to the other node', hasCounted(node.ruleset(left), MARK, 0))
    for (const { result } of [far, near, node]) claim.observe(`ping ${result.to}`, hasOutcome(result, 'ok'))
  })
}

function includesLength({ packets, evidenceId }: CapturedWindow, length: number): Judged {
  const lengths = [...new Set(packets.filter(({ wireguard }) => wireguard).map(({ originalLength }) => originalLength))]
  return {
    ...isEqual(lengths.includes(length), true),
    expected: String(length),
    observed: lengths.join(', '),
    evidence: [evidenceId],
  }
}

function includes(text: string, wanted: RegExp): Judged {
  const line = text.split('\n').find((candidate) => wanted.test(candidate))
  return {
    pass: line !== undefined,
    expected: `a line with ${wanted.source}`,
    observed: line ?? text.trim().split('\n').slice(-2).join(' / '),
  }
}
