import {
  type Cluster,
  deployEncryption,
  type EncryptionOptions,
  ensureSuccess,
  isEqual,
  type Judged,
  type Pod,
  removeEncryption,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { type LeakWindow, plainAfter, watchLeaks } from '../leaks.ts'
import { isEncrypted, OWN_ENCRYPTION } from '../present.ts'
import { addressOf, type EncryptionWorld, nodesOf } from '../world.ts'

const LABEL = 'packetproof.test/encrypt'
const LATE = { plain: '10.0.2.77', strict: '10.0.2.78' } as const

interface Phases {
  readonly switchedOn: LeakWindow
  readonly joined: LeakWindow
  readonly newPod: LeakWindow
  readonly newKey: LeakWindow
}

interface Stage {
  readonly cluster: Cluster
  /** On the left node, which takes part from the start, as the right one does. */
  readonly client: Pod
  readonly server: Pod
  /** On the node that joins. */
  readonly other: Pod
}

/** What is on the wire in the moments of change, first without strict mode and then with it, on a cluster of its own. */
export const timeline: StepDefinition<EncryptionWorld> = {
  id: 'timeline',
  title:
    'watch the wire while encryption is switched on, a node joins, a pod is new, and a key is renewed; on a second cluster',
  claims: ['S2.2d', 'S2.2e'],
  beside: true,
  requires: ['second-cluster', 'agent-image', 'fixed-pod-addresses'],
  async run(context) {
    if (await isEncrypted(context.cluster)) {
      for (const id of ['S2.2d', 'S2.2e']) await context.claim(id, (claim) => claim.skip(OWN_ENCRYPTION))
      return
    }
    const cluster = await context.createCluster('encryption')
    const { left, right, third } = nodesOf(cluster)
    const [client, server, other] = await Promise.all([
      cluster.runPod({ name: 'client', node: left.name }),
      cluster.runPod({ name: 'server', node: right.name }),
      cluster.runPod({ name: 'other', node: third.name }),
    ])
    const stage = { cluster, client, server, other }
    for (const node of [left, right]) await cluster.labelNode(node.name, { [LABEL]: 'yes' })
    const loose = await watchPhases(context, stage, false)
    await removeEncryption(cluster, {}, { signal: context.signal })
    await cluster.labelNode(third.name, { [LABEL]: null })
    const strict = await watchPhases(context, stage, true)
    await claimLoose(context, loose)
    await claimStrict(context, stage, loose, strict)
  },
}

async function watchPhases(context: StepContext, stage: Stage, strict: boolean): Promise<Phases> {
  const { cluster, client, server, other } = stage
  const { signal } = context
  const { right, third, left } = nodesOf(cluster)
  const options: EncryptionOptions = { interval: '1s', strict, nodeSelector: { [LABEL]: 'yes' } }
  const mode = strict ? 'strict mode' : 'no strict mode'
  const common = { cluster, from: client, interface: cluster.profile.nodeInterface }
  const switchedOn = await watchLeaks(
    context,
    { ...common, title: `encryption is switched on, ${mode}`, to: addressOf(server), toNode: right },
    async (mark) => {
      await deployEncryption(cluster, options, { signal })
      mark('encryption is in place')
    },
  )
  const joined = await watchLeaks(
    context,
    { ...common, title: `a node joins, ${mode}`, to: addressOf(other), toNode: third },
    async (mark) => {
      await cluster.labelNode(third.name, { [LABEL]: 'yes' })
      await deployEncryption(cluster, options, { signal })
      mark('encryption is in place')
    },
  )
  const address = strict ? LATE.strict : LATE.plain
  const newPod = await watchLeaks(
    context,
    { ...common, title: `a pod is new, ${mode}`, to: address, toNode: right },
    async (mark) => {
      await cluster.runPod({ name: `late-${strict ? 'strict' : 'plain'}`, node: right.name, addresses: [address] })
      mark('the pod is Ready')
    },
  )
  const newKey = await watchLeaks(
    context,
    { ...common, title: `a key is renewed, ${mode}`, to: addressOf(server), toNode: right },
    async (mark) => {
      await ensureSuccess(left, ['rm', '/run/cilium/state/cilium_wg0.key'])
      mark('the key file is deleted')
      await deployEncryption(cluster, options, { signal })
    },
  )
  return { switchedOn, joined, newPod, newKey }
}

async function claimLoose(context: StepContext, { switchedOn, joined, newPod }: Phases): Promise<void> {
  await context.claim('S2.2d', (claim) => {
    for (const window of [switchedOn, joined, newPod]) {
      const leaked = plainAfter(window, window.beganAtMs)
      claim.observe(`${window.title}: packets in plain after the change began`, atLeastOne(leaked.length, window))
      claim.control(`${window.title}: in the end there are data messages`, atLeastOne(window.encrypted.length, window))
    }
  })
}

async function claimStrict(context: StepContext, stage: Stage, loose: Phases, strict: Phases): Promise<void> {
  const { client, server } = stage
  await context.claim('S2.2e', (claim) => {
    for (const [name, window] of Object.entries(strict)) {
      claim.control(`${window.title}: in the end there are data messages`, atLeastOne(window.encrypted.length, window))
      // The key is never renewed in plain: its capture is controlled by the others, which are at the same place.
      if (name !== 'newKey') {
        const before = loose[name as keyof Phases]
        claim.control(`the same without strict mode: packets in plain`, atLeastOne(before.plain.length, before))
      }
      if (name === 'switchedOn') continue
      claim.observe(`${window.title}: packets in plain`, none(plainAfter(window, window.beganAtMs).length, window))
    }
    for (const pod of [client, server]) {
      const { switchedOn } = strict
      const written = switchedOn.moments.find(
        ({ node, what }) => node === pod.node.name && what.includes('write the rules'),
      )
      claim.control(`${pod.node.name} has told when it wrote its rules`, isEqual(written !== undefined, true))
      const late = plainAfter(switchedOn, written?.atMs ?? 0, addressOf(pod))
      claim.observe(
        `${switchedOn.title}: packets of ${pod.name} in plain after the rules of ${pod.node.name}`,
        none(late.length, switchedOn),
      )
    }
  })
}

function atLeastOne(count: number, window: LeakWindow): Judged {
  return { pass: count > 0, expected: 'at least 1', observed: String(count), ...common(window) }
}

function none(count: number, window: LeakWindow): Judged {
  return { pass: count === 0, expected: '0', observed: String(count), ...common(window) }
}

function common({ evidence, problem }: LeakWindow): Pick<Judged, 'evidence' | 'problem'> {
  return { evidence, ...(problem !== undefined && { problem }) }
}
