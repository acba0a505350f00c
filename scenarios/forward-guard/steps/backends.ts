import {
  type ClaimRecorder,
  type Cluster,
  ensureSuccess,
  hasOutcome,
  type Node,
  type Pod,
  type ProbeResult,
  ping,
  type StepContext,
  type StepDefinition,
  tcp,
} from '../../../src/index.ts'
import { addressOf } from '../attack.ts'
import { forwardSkeleton, GUARD, SET } from '../documents.ts'
import { type ForwardGuardWorld, HTTP_PORT } from '../world.ts'

type Backend = 'iptables-nft' | 'iptables-legacy' | 'native nftables'
const BACKENDS: readonly Backend[] = ['iptables-nft', 'iptables-legacy', 'native nftables']

interface Tried {
  readonly backend: Backend
  readonly before: readonly ProbeResult[]
  readonly after: readonly ProbeResult[]
  readonly inside: ProbeResult
}

/** Each node of a second cluster has its rules in another way. */
export const backends: StepDefinition<ForwardGuardWorld> = {
  id: 'backends',
  title: 'the same with iptables-nft, iptables-legacy and a native nftables ruleset, on a second cluster',
  claims: ['S4.17', 'S4.17a'],
  beside: true,
  requires: ['second-cluster'],
  async run(context) {
    const cluster = await context.createCluster('forward-guard')
    const pods = await Promise.all(
      cluster.nodes.map((node, index) =>
        cluster.runPod({
          name: `pod-${index + 1}`,
          node: node.name,
          command: ['busybox', 'httpd', '-f', '-p', String(HTTP_PORT), '-h', '/etc'],
        }),
      ),
    )
    const tried = await Promise.all(
      BACKENDS.map((backend, index) => tryBackend(context, cluster, pods, backend, index)),
    )
    const ofIptablesNft = tried.find(({ backend }) => backend === 'iptables-nft')
    await context.claim('S4.17', (claim) => {
      for (const probe of ofIptablesNft?.before ?? []) claim.control('without the rule', hasOutcome(probe, 'ok'))
      for (const probe of ofIptablesNft?.after ?? []) {
        claim.observe('with iptables-nft the outsider still gets through', hasOutcome(probe, 'ok'))
      }
    })
    await context.claim('S4.17a', (claim) => {
      for (const each of tried) observeProtected(claim, each)
    })
  },
}

function observeProtected(claim: ClaimRecorder, { backend, before, after, inside }: Tried): void {
  for (const probe of before) claim.control(`${backend}: ${probe.probe} without the rule`, hasOutcome(probe, 'ok'))
  const [pinged, connected] = after
  if (pinged !== undefined) claim.observe(`${backend}: ping with the rule`, hasOutcome(pinged, 'rejected'))
  if (connected !== undefined) claim.observe(`${backend}: TCP with the rule`, hasOutcome(connected, 'refused'))
  claim.observe(`${backend}: a pod on another node to the pod here`, hasOutcome(inside, 'ok'))
}

async function tryBackend(
  context: StepContext,
  cluster: Cluster,
  pods: readonly Pod[],
  backend: Backend,
  index: number,
): Promise<Tried> {
  const pod = pods[index]
  const other = pods[(index + 1) % pods.length]
  if (pod === undefined || other === undefined) throw new Error('each backend needs a pod')
  const outsider = cluster.machine(`outsider-${index + 1}`)
  const target = addressOf(pod, 4)
  const options = { timeoutMs: 500, signal: context.signal }
  await ensureSuccess(outsider, ['ip', 'route', 'add', '10.42.0.0/16', 'via', addressOf(pod.node, 4)])
  const attempt = async (): Promise<ProbeResult[]> => [
    await ping(outsider, target, { ...options, count: 1 }),
    await tcp(outsider, target, HTTP_PORT, options),
  ]
  const members = cluster.nodes.map((node) => addressOf(node, 4))
  await writeRules(pod.node, backend, members, false)
  const before = await attempt()
  await writeRules(pod.node, backend, members, true)
  const after = await attempt()
  return { backend, before, after, inside: await ping(other, target, { ...options, count: 1 }) }
}

async function writeRules(node: Node, backend: Backend, members: readonly string[], guarded: boolean): Promise<void> {
  if (backend === 'native nftables') {
    await ensureSuccess(node, ['nft', '-f', '-'], { stdin: nativeRules(members, guarded) })
    return
  }
  const tool = backend === 'iptables-legacy' ? 'iptables-legacy' : 'iptables-nft'
  if (!guarded) {
    await ensureSuccess(node, [`${tool}-restore`, '-w', '5'], { stdin: forwardSkeleton() })
    return
  }
  await ensureSuccess(node, ['ipset', 'create', SET, 'iphash'])
  for (const address of members) await ensureSuccess(node, ['ipset', 'add', SET, address])
  await ensureSuccess(node, [tool, '-w', '5', '-I', 'FORWARD', '12', ...GUARD])
}

/** What the document's chain comes to in the terms of nft: the order of the rules carries the meaning. */
function nativeRules(members: readonly string[], guarded: boolean): string {
  const guard = '    iifname "ens18" ip saddr != @cluster_nodes reject with icmp type port-unreachable'
  return [
    'table ip guard',
    'delete table ip guard',
    'table ip guard {',
    '  set cluster_nodes {',
    '    type ipv4_addr',
    `    elements = { ${members.join(', ')} }`,
    '  }',
    '  chain forward {',
    '    type filter hook forward priority filter; policy drop;',
    '    ct state established,related accept',
    '    ip saddr 10.42.0.0/16 accept',
    ...(guarded ? [guard] : []),
    '    ip daddr 10.42.0.0/16 accept',
    '  }',
    '}',
    '',
  ].join('\n')
}
