import type { V1Pod } from '@kubernetes/client-node'
import { familyOf } from '../../../helpers/cidr.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import { ensureSuccess } from '../../cluster/ensure-success.ts'
import type { ManifestObject } from '../../cluster/load-manifests.ts'
import { waitForServiceProxy } from '../../components/service-proxy/deploy.ts'
import { serviceProxy } from '../../components/service-proxy/service-proxy.ts'
import { invalidInput } from '../../errors.ts'
import { unspecified } from '../../oracle/evaluate.ts'
import type { PolicyObjects } from '../../oracle/objects.ts'
import { truthTable } from '../../oracle/truth-table.ts'
import { MatrixProber } from '../../probe/matrix/matrix-prober.ts'
import type { MatrixPort, MatrixResult, MatrixSource, MatrixTarget } from '../../probe/matrix/types.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { dropCounterOf } from '../../ruleset/read-drop-counters.ts'
import { type ComparedCell, compareCells } from './compare-cells.ts'
import { deployPolicies, type PolicyVariant } from './matrix-components.ts'
import { matrixProfile } from './matrix-profile.ts'
import { applyAll, createPodServices, createPods } from './prepare-cluster.ts'
import type { MatrixWorld } from './read-world.ts'

export interface MatrixPlan {
  readonly world: MatrixWorld
  readonly ports: readonly MatrixPort[]
  readonly via: 'ip' | 'service'
  readonly family: 4 | 6
  /** Whose connections are tried, beside those of pods. */
  readonly alsoFrom: ReadonlySet<'nodes' | 'machines'>
  readonly variant: PolicyVariant
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

/** A matrix that was probed, while its cluster is still there to ask more of it. */
export interface ProbedMatrix {
  readonly cluster: Cluster
  readonly cells: readonly ComparedCell[]
  readonly result: MatrixResult
  /** Where a target was probed. */
  readonly addressOf: (target: string) => string | undefined
}

/**
 * Builds a cluster of the manifests, has the policies enforced, probes every pair and compares it with what the API demands.
 * The cluster is there while `use` runs.
 */
export async function withMatrix<T>(plan: MatrixPlan, use: (matrix: ProbedMatrix) => Promise<T>): Promise<T> {
  const { world, ports, family, signal, say } = plan
  say('making a cluster')
  await using cluster = await createCluster(matrixProfile(world.workloads), { signal })
  const podObjects = await createPods(cluster, world, signal)
  const pods = podObjects.map((pod) => cluster.podHost(pod))
  if (pods.length < 2 && plan.alsoFrom.size === 0) {
    throw invalidInput('the manifests have one pod: there is nobody to probe it', {
      hint: 'add a pod, or probe it with --from nodes or --from machines',
    })
  }
  say(`${pods.length} pods are Ready; policies to enforce: ${world.policies.length}`)
  if (plan.alsoFrom.has('machines')) await giveMachinesRoutes(cluster)
  const clusterIps = plan.via === 'service' ? await exposePods(cluster, pods, ports, signal) : undefined
  await applyAll(cluster, world.policies)
  await deployPolicies(cluster, plan.variant, signal)
  await using prober = new MatrixProber()
  const targets = pods.map((pod) => targetOf(pod, clusterIps?.get(pod) ?? pod.addresses))
  const sources = sourcesOf(cluster, pods, plan.alsoFrom)
  say(`probing ${sources.length} x ${targets.length} pairs on ${ports.length} ports`)
  const result = await prober.run({
    sources,
    targets,
    ports,
    family,
    countDrops: dropCounterOf(cluster.nodes, family, signal),
    signal,
  })
  const expected = truthTable(await readObjects(cluster, podObjects, world.policies), ports, family)
  const machines = new Set(plan.via === 'service' ? cluster.machines.map(({ name }) => name) : [])
  const cells = expected.cells.map((cell) =>
    machines.has(cell.from) ? { ...cell, expectation: unspecified('cluster IPs are for nodes and pods') } : cell,
  )
  return await use({
    cluster,
    cells: compareCells(result.cells, cells),
    result,
    addressOf: (name) =>
      targets.find((target) => target.name === name)?.addresses.find((address) => familyOf(address) === family),
  })
}

async function exposePods(
  cluster: Cluster,
  pods: readonly Pod[],
  ports: readonly MatrixPort[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Pod, readonly string[]>> {
  const clusterIps = await createPodServices(cluster, pods, ports)
  await serviceProxy.deploy(cluster, {}, { signal })
  await waitForServiceProxy(cluster, {}, { signal })
  return clusterIps
}

/** The profile's outsider knows no way to pods, as a stranger would not; whether policies stop it could not be seen. */
async function giveMachinesRoutes(cluster: Cluster): Promise<void> {
  for (const machine of cluster.machines.filter(({ kind }) => kind === 'outsider')) {
    for (const node of cluster.nodes) {
      for (const cidr of node.podCidrs) {
        const via = node.addresses.find((address) => familyOf(address) === familyOf(cidr)) ?? ''
        await ensureSuccess(machine, ['ip', 'route', 'replace', cidr, 'via', via])
      }
    }
  }
}

function targetOf(pod: Pod, addresses: readonly string[]): MatrixTarget {
  const name = `${pod.namespace}/${pod.name}`
  return { name, addresses, servers: [{ host: pod, names: [name, pod.name] }] }
}

function sourcesOf(cluster: Cluster, pods: readonly Pod[], also: MatrixPlan['alsoFrom']): readonly MatrixSource[] {
  return [
    ...pods.map((pod) => ({ name: `${pod.namespace}/${pod.name}`, host: pod })),
    ...[...(also.has('nodes') ? cluster.nodes : []), ...(also.has('machines') ? cluster.machines : [])].map((host) => ({
      name: host.name,
      host,
    })),
  ]
}

async function readObjects(
  cluster: Cluster,
  pods: readonly V1Pod[],
  policies: readonly ManifestObject[],
): Promise<PolicyObjects> {
  const [namespaces, nodes] = await Promise.all([cluster.api.core.listNamespace(), cluster.api.core.listNode()])
  return {
    namespaces: namespaces.items,
    pods,
    policies: policies.map(({ object }) => object),
    nodes: nodes.items,
    machines: cluster.machines.map(({ name, addresses }) => ({ name, addresses })),
  }
}
