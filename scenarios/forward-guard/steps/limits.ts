import {
  containsPackets,
  ensureSuccess,
  hasOutcome,
  type Node,
  nonceBytes,
  observe,
  type Pod,
  ping,
  type StepContext,
  type StepDefinition,
  tcp,
} from '../../../src/index.ts'
import { addressOf } from '../attack.ts'
import { type ForwardGuardWorld, HTTP_PORT } from '../world.ts'

/** In the pod range, and no pod's. */
const SPOOFED = '10.42.200.9'
const LOCAL_PORT = 30080
const CLUSTER_PORT = 30081

/** What the guard breaks as a side effect, and what it leaves open. */
export const limits: StepDefinition<ForwardGuardWorld> = {
  id: 'limits',
  title: 'use NodePorts from outside, and write a false source',
  claims: ['S4.18b', 'S4.19'],
  async run(context, world) {
    const [pod] = world.pods
    if (pod === undefined) throw new Error('there is no pod')
    await claimSpoofed(context, pod)
    await claimNodePorts(context, pod)
  },
}

async function claimSpoofed(context: StepContext, pod: Pod): Promise<void> {
  const outsider = context.cluster.machine('outsider-1')
  await ensureSuccess(outsider, ['ip', 'address', 'add', `${SPOOFED}/32`, 'dev', 'lo'])
  const plan = { title: 'a false source', captures: [{ host: pod, interface: 'eth0' }], rulesets: [] }
  const target = addressOf(pod, 4)
  const options = { count: 1, timeoutMs: 500, signal: context.signal }
  const seen = await observe(context, plan, async () => ({
    honest: await ping(outsider, target, options),
    spoofed: await ping(outsider, target, { ...options, source: SPOOFED }),
  }))
  await ensureSuccess(outsider, ['ip', 'address', 'del', `${SPOOFED}/32`, 'dev', 'lo'])
  await context.claim('S4.18b', (claim) => {
    claim.control('with its own address it is rejected', hasOutcome(seen.result.honest, 'rejected'))
    claim.observe(
      'with an address of the pod range it arrives',
      containsPackets(seen.capture(pod), {
        icmp: 'echo-request',
        from: SPOOFED,
        payloadIncludes: nonceBytes(seen.result.spoofed),
      }),
    )
  })
}

/** The translation of kube-proxy for a NodePort, by hand: Local keeps the client's address, Cluster marks and masquerades. */
async function claimNodePorts(context: StepContext, pod: Pod): Promise<void> {
  const { node } = pod
  const destination = `${addressOf(pod, 4)}:${HTTP_PORT}`
  const nat = ['iptables', '-w', '5', '-t', 'nat']
  const toPort = (port: number): string[] => ['-d', addressOf(node, 4), '-p', 'tcp', '--dport', String(port)]
  const rules = [
    ['PREROUTING', ...toPort(CLUSTER_PORT), '-j', 'MARK', '--set-xmark', '0x4000/0x4000'],
    ['PREROUTING', ...toPort(CLUSTER_PORT), '-j', 'DNAT', '--to-destination', destination],
    ['PREROUTING', ...toPort(LOCAL_PORT), '-j', 'DNAT', '--to-destination', destination],
    ['POSTROUTING', '-m', 'mark', '--mark', '0x4000/0x4000', '-j', 'MASQUERADE'],
  ]
  for (const rule of rules) await ensureSuccess(node, [...nat, '-A', ...rule])
  const client = context.cluster.machine('outsider-2')
  const connect = (port: number) => tcp(client, addressOf(node, 4), port, { timeoutMs: 500, signal: context.signal })
  const [local, cluster] = [await connect(LOCAL_PORT), await connect(CLUSTER_PORT)]
  const unguarded = await withoutGuard(node, () => connect(LOCAL_PORT))
  for (const rule of rules) await ensureSuccess(node, [...nat, '-D', ...rule])
  await context.claim('S4.19', (claim) => {
    claim.control('without the guard the NodePort with Local answers', hasOutcome(unguarded, 'ok'))
    claim.observe('with the guard a client of Local is refused', hasOutcome(local, 'refused'))
    claim.observe('a client of Cluster passes', hasOutcome(cluster, 'ok'))
  })
}

/** An accept ahead of the guard stands for its absence: the agent would put a deleted rule back. */
async function withoutGuard<T>(node: Node, work: () => Promise<T>): Promise<T> {
  const accept = ['FORWARD', '-p', 'tcp', '--dport', String(HTTP_PORT), '-j', 'ACCEPT']
  await ensureSuccess(node, ['iptables', '-w', '5', '-I', ...accept])
  try {
    return await work()
  } finally {
    await ensureSuccess(node, ['iptables', '-w', '5', '-D', ...accept])
  }
}
