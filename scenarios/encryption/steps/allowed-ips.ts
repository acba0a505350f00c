import {
  containsNoBytes,
  containsPackets,
  ensureSuccess,
  hasOutcome,
  isEqual,
  type Node,
  nonceBytes,
  type Pod,
  ping,
  type ShownPeer,
  type StepContext,
  type StepDefinition,
  waitFor,
} from '../../../src/index.ts'
import { readDevice } from '../node-facts.ts'
import { needlesOf, watch, wireOf } from '../wire.ts'
import { type Actors, actorsOf, addressOf, type EncryptionWorld, PORT, TUNNEL } from '../world.ts'

const AGENT = 'agent encryptio[n]'

/** The lists of addresses follow the pods. */
export const followed: StepDefinition<EncryptionWorld> = {
  id: 'followed',
  title: 'make a pod and delete it',
  claims: ['S2.23'],
  async run(context, world) {
    await claimFollowing(context, actorsOf(context, world))
  },
}

/** What the lists of addresses decide, and what they do not. The agents would mend it, so they stand still meanwhile. */
export const allowedIps: StepDefinition<EncryptionWorld> = {
  id: 'allowed-ips',
  title: 'take single entries away from the lists of allowed IPs, and a pod from those that are marked',
  claims: ['S2.22', 'S2.22a'],
  async run(context, world) {
    const actors = actorsOf(context, world)
    if (!world.isBuiltin) {
      for (const id of ['S2.22', 'S2.22a'])
        await context.claim(id, (claim) => claim.skip('the agent of the cluster cannot be held still'))
      return
    }
    await signalAgents(context, 'STOP')
    try {
      await claimPeerChoice(context, actors)
      await claimMark(context, actors)
    } finally {
      await signalAgents(context, 'CONT')
    }
    await waitFor('the agents to have mended it', () => reaches(context, actors.client, actors.server), {
      timeoutMs: 5000,
      signal: context.signal,
    })
  },
}

async function claimFollowing(context: StepContext, { left, right, client }: Actors): Promise<void> {
  const { cluster, signal } = context
  const allowed = async (): Promise<readonly string[]> => (await peerOf(left, right))?.allowedIps ?? []
  const before = await allowed()
  const late = await cluster.runPod({ name: 'late', node: right.name })
  const prefix = `${addressOf(late)}/32`
  const grown = await settles(async () => (await allowed()).includes(prefix), signal)
  const probe = await ping(client, addressOf(late), { count: 1, timeoutMs: 500, signal })
  await cluster.delete([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'late', namespace: 'default' } }])
  const shrunk = await settles(async () => !(await allowed()).includes(prefix), signal)
  const after = await allowed()
  await context.claim('S2.23', (claim) => {
    claim.control('the pod’s address was not there before', isEqual(before.includes(prefix), false))
    claim.observe('once the pod runs, its address is there', isEqual(grown, true))
    claim.observe('a ping to it', hasOutcome(probe, 'ok'))
    claim.observe('once it is deleted, its address is gone', isEqual(shrunk, true))
    claim.observe('and the rest is as before', isEqual(after, before))
  })
}

/** The entry of one pod goes on the sender's side, and then on the receiver's. */
async function claimPeerChoice(context: StepContext, actors: Actors): Promise<void> {
  const { left, right, client, neighbour, server, other } = actors
  const atLeft = await peerOf(left, right)
  const atRight = await peerOf(right, left)
  const without = (peer: ShownPeer | undefined, pod: Pod): string[] =>
    (peer?.allowedIps ?? []).filter((prefix) => !pod.addresses.some((address) => prefix.startsWith(`${address}/`)))
  await setAllowed(left, atLeft, without(atLeft, server))
  const seen = await watch(context, actors, 'without the allowed IP of the destination', async () => ({
    gone: await ping(client, addressOf(server), { count: 1, timeoutMs: 300, signal: context.signal }),
    there: await ping(client, addressOf(other), { count: 1, timeoutMs: 1000, signal: context.signal }),
  }))
  await setAllowed(left, atLeft, atLeft?.allowedIps ?? [])
  await setAllowed(right, atRight, without(atRight, client))
  const filtered = await ping(client, addressOf(server), { count: 1, timeoutMs: 300, signal: context.signal })
  const spared = await ping(neighbour, addressOf(server), { count: 1, timeoutMs: 1000, signal: context.signal })
  await setAllowed(right, atRight, atRight?.allowedIps ?? [])
  const back = await ping(client, addressOf(server), { count: 1, signal: context.signal })
  const wire = wireOf(actors, seen)
  await context.claim('S2.22a', (claim) => {
    claim.control('with both entries the pods talk', hasOutcome(back, 'ok'))
    // WireGuard of the kernel says so with an ICMP error; wireguard-go says nothing.
    claim.observe(
      'without the entry of the destination there is no answer',
      isEqual(['timed-out', 'rejected'].includes(seen.result.gone.outcome), true),
    )
    claim.observe(
      'though it goes into the tunnel',
      containsPackets(seen.capture(left, TUNNEL), {
        payloadIncludes: nonceBytes(seen.result.gone),
        icmp: 'echo-request',
      }),
    )
    claim.observe('and nothing of it leaves in plain', containsNoBytes(wire, needlesOf([server], [seen.result.gone])))
    claim.observe('a pod of another peer still answers', hasOutcome(seen.result.there, 'ok'))
    claim.observe(
      'without the entry of the source on the other side there is no answer',
      hasOutcome(filtered, 'timed-out'),
    )
    claim.observe('another pod of the same node is still heard', hasOutcome(spared, 'ok'))
  })
}

/** The allowed IPs are all there; the mark is not. */
async function claimMark(context: StepContext, actors: Actors): Promise<void> {
  const { left, client, server } = actors
  const to = addressOf(server)
  await ensureSuccess(left, ['ipset', 'del', 'encrypt_pods4', to])
  const seen = await watch(context, actors, 'with the allowed IP, without the mark', () =>
    ping(client, to, { count: 1, timeoutMs: 500, signal: context.signal }),
  )
  const listed = (await peerOf(left, actors.right))?.allowedIps.includes(`${to}/32`)
  await ensureSuccess(left, ['ipset', 'add', 'encrypt_pods4', to])
  const wire = wireOf(actors, seen)
  await context.claim('S2.22', (claim) => {
    claim.control('the destination is among the allowed IPs', isEqual(listed, true))
    claim.control(
      'the capture shows plain traffic',
      containsPackets(wire, { payloadIncludes: nonceBytes(seen.result) }),
    )
    claim.observe(
      'the request goes into the tunnel',
      containsPackets(seen.capture(left, TUNNEL), { payloadIncludes: nonceBytes(seen.result), icmp: 'echo-request' }),
    )
  })
}

async function peerOf(node: Node, other: Node): Promise<ShownPeer | undefined> {
  return (await readDevice(node))?.peers.find(({ endpoint }) => endpoint === `${addressOf(other)}:${PORT}`)
}

async function setAllowed(node: Node, peer: ShownPeer | undefined, prefixes: readonly string[]): Promise<void> {
  if (peer === undefined) throw new Error(`${node.name} lacks a peer`)
  await ensureSuccess(node, ['wg', 'set', TUNNEL, 'peer', peer.publicKey, 'allowed-ips', prefixes.join(',')])
}

async function signalAgents({ cluster }: StepContext, signal: 'STOP' | 'CONT'): Promise<void> {
  await Promise.all(cluster.nodes.map((node) => node.exec(['pkill', `-${signal}`, '-f', AGENT])))
}

async function reaches({ signal }: StepContext, from: Pod, to: Pod): Promise<boolean> {
  return (await ping(from, addressOf(to), { count: 1, timeoutMs: 300, signal })).outcome === 'ok'
}

/** Whether it comes about in a few seconds; that it does not is for the claim to say. */
async function settles(look: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  return await waitFor('what the agent does', look, { timeoutMs: 3000, signal }).catch(() => {
    signal.throwIfAborted()
    return false
  })
}
