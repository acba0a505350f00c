import { randomBytes } from 'node:crypto'
import {
  ensureSuccess,
  hasOutcome,
  isEqual,
  matchPackets,
  ping,
  type StepContext,
  type StepDefinition,
  waitFor,
} from '../../../src/index.ts'
import { linesOf, readDevice, runWg } from '../node-facts.ts'
import { betweenNodes, watch, wireOf } from '../wire.ts'
import { type Actors, actorsOf, addressOf, type EncryptionWorld, TUNNEL } from '../world.ts'

const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'cilium-wireguard-keys', namespace: 'kube-system' },
} as const
/** WireGuard's REKEY_AFTER_TIME, and a little. */
const REKEY_SECONDS = 125

/** What the keys depend on, and what they do not. */
export const keys: StepDefinition<EncryptionWorld> = {
  id: 'keys',
  title: "make, change and delete the document's secret; then delete the key of a node",
  claims: ['S2.5a', 'S2.9', 'S2.9a'],
  async run(context, world) {
    const actors = actorsOf(context, world)
    await claimSecret(context, actors)
    if (world.isBuiltin) await claimRenewal(context, actors)
    else await context.claim('S2.5a', (claim) => claim.skip('the key of the cluster’s own agent is left alone'))
  },
}

async function claimSecret(context: StepContext, actors: Actors): Promise<void> {
  const { cluster, signal } = context
  const { left, client, server } = actors
  const facts = async () => ({
    keys: await Promise.all(cluster.nodes.map(async (node) => (await readDevice(node))?.publicKey)),
    handshakes: linesOf(await runWg(left, 'show', TUNNEL, 'latest-handshakes')).toSorted(),
    probe: await ping(client, addressOf(server), { count: 1, signal }),
  })
  const before = await facts()
  const seen: Awaited<ReturnType<typeof facts>>[] = []
  // The value of the document: the format of Cilium's key for IPsec.
  for (const bytes of [20, 32]) {
    const value = `3 rfc4106(gcm(aes)) ${randomBytes(bytes).toString('hex')} 128`
    await cluster.apply([{ ...SECRET, stringData: { keys: value } } as typeof SECRET])
    seen.push(await facts())
  }
  await cluster.delete([SECRET])
  seen.push(await facts())
  const words = ['with the secret', 'with another value', 'with the secret deleted']
  await context.claim('S2.9', (claim) => {
    claim.control('the pods talk before', hasOutcome(before.probe, 'ok'))
    claim.observe(
      'another value of the secret makes other keys',
      isEqual(JSON.stringify(seen[1]?.keys) === JSON.stringify(before.keys), false),
    )
  })
  await context.claim('S2.9a', (claim) => {
    for (const [at, found] of seen.entries()) {
      claim.observe(`${words[at]}: public keys`, isEqual(found.keys, before.keys))
      claim.observe(`${words[at]}: sessions`, isEqual(found.handshakes, before.handshakes))
      claim.observe(`${words[at]}: a ping`, hasOutcome(found.probe, 'ok'))
    }
  })
}

async function claimRenewal(context: StepContext, actors: Actors): Promise<void> {
  const { signal } = context
  const { left, right, client, server } = actors
  const keyOf = async (node: typeof left): Promise<string> => (await readDevice(node))?.publicKey ?? ''
  const before = await keyOf(left)
  await ensureSuccess(left, ['rm', '/run/cilium/state/cilium_wg0.key'])
  const renewed = await waitFor(
    'another key',
    async () => {
      const now = await keyOf(left)
      return now === before ? undefined : now
    },
    { timeoutMs: 5000, signal },
  ).catch(() => before)
  const peers = async (): Promise<readonly string[]> =>
    ((await readDevice(right))?.peers ?? []).map(({ publicKey }) => publicKey)
  const followed = await waitFor('the other node to follow', async () => (await peers()).includes(renewed), {
    timeoutMs: 5000,
    signal,
  }).catch(() => false)
  const probe = await waitFor(
    'the pods to talk again',
    async () => {
      const attempt = await ping(client, addressOf(server), { count: 1, timeoutMs: 300, signal })
      return attempt.outcome === 'ok' ? attempt : undefined
    },
    { timeoutMs: 6000, signal },
  ).catch(() => ping(client, addressOf(server), { count: 1, signal }))
  const after = await peers()
  await context.claim('S2.5a', (claim) => {
    claim.observe('the node has another key once its file is deleted', isEqual(renewed === before, false))
    claim.observe('the other node has it as a peer', isEqual(followed, true))
    claim.observe('and the old one no more', isEqual(after.includes(before), false))
    claim.observe('a ping', hasOutcome(probe, 'ok'))
  })
}

/** Two minutes of traffic. */
export const rekey: StepDefinition<EncryptionWorld> = {
  id: 'rekey',
  title: 'ping for two minutes, and see a new handshake',
  claims: ['S2.5'],
  skip: ({ settings }) => (settings.slow ? undefined : 'it takes two minutes (--slow)'),
  async run(context, world) {
    const actors = actorsOf(context, world)
    const { left, right, client, server } = actors
    const before = (await readDevice(left))?.publicKey
    const probe = await watch(
      context,
      actors,
      'two minutes of pings',
      async () =>
        await ping(client, addressOf(server), { count: REKEY_SECONDS * 2, intervalMs: 500, signal: context.signal }),
      { tunnel: false, hosts: false },
    )
    const wire = wireOf(actors, probe)
    const handshakes = matchPackets(betweenNodes(wire.packets, left, right), { wireguard: 'handshake-response' })
    const after = (await readDevice(left))?.publicKey
    await context.claim('S2.5', (claim) => {
      claim.observe('handshakes meanwhile', {
        ...isEqual(handshakes.length > 0, true),
        observed: String(handshakes.length),
        evidence: [wire.evidenceId],
      })
      claim.observe(
        'pings without an answer',
        isEqual((probe.result.statistics?.transmitted ?? 0) - (probe.result.statistics?.received ?? 0), 0),
      )
    })
    await context.claim('S2.5a', (claim) =>
      claim.observe('the key of the node is the same after it', isEqual(after, before)),
    )
  },
}
