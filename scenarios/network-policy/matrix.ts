import {
  dropCounterOf,
  type MatrixWindow,
  matrixEvidence,
  type PolicyObjects,
  type StepContext,
  serverNameOf,
  truthTable,
  waitForServers,
} from '../../src/index.ts'
import { NAMESPACES } from './pods.ts'
import { type NetworkPolicyWorld, PORTS } from './world.ts'

/** Probes every pod from every pod on every port, and keeps it beside what the objects of the API demand. */
export async function observeMatrix(
  context: StepContext,
  world: NetworkPolicyWorld,
  title: string,
): Promise<MatrixWindow> {
  const { cluster, signal } = context
  const prober = world.prober(context)
  const pods = [...world.pods].map(([name, host]) => ({ name, host }))
  const targets = pods.map(({ name, host }) => ({
    name,
    addresses: host.addresses,
    servers: [{ host, names: [serverNameOf(host.namespace, host.name)] }],
  }))
  await waitForServers(prober, targets, PORTS, { signal })
  const result = await prober.run({
    sources: pods,
    targets,
    ports: PORTS,
    countDrops: dropCounterOf(cluster.nodes, 4, signal),
    signal,
  })
  return matrixEvidence(context.evidence, title, result, truthTable(await readObjects(context, world), PORTS).cells)
}

/** What the oracle judges by: the objects as the API has them. */
async function readObjects({ cluster }: StepContext, world: NetworkPolicyWorld): Promise<PolicyObjects> {
  const { core, objects } = cluster.api
  const [namespaces, pods, policies] = await Promise.all([
    core.listNamespace(),
    core.listPodForAllNamespaces(),
    objects.list('networking.k8s.io/v1', 'NetworkPolicy'),
  ])
  const isOurs = (name: string): boolean => name === 'default' || name in NAMESPACES
  return {
    namespaces: namespaces.items,
    pods: pods.items.filter(({ metadata }) => world.pods.has(`${metadata?.namespace}/${metadata?.name}`)),
    policies: policies.items.filter(({ metadata }) => isOurs(metadata?.namespace ?? '')),
  }
}
