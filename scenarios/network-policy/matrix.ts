import {
  type CellOutcome,
  dropCounterOf,
  type MatrixWindow,
  matrixEvidence,
  type Pod,
  type PolicyObjects,
  type StepContext,
  serverNameOf,
  truthTable,
  waitForServers,
} from '../../src/index.ts'
import { matrixByCommands } from './matrix-by-commands.ts'
import { NAMESPACES } from './pods.ts'
import { type NetworkPolicyWorld, PORTS } from './world.ts'

/** Probes every pod from every pod on every port, and keeps it beside what the objects of the API demand. */
export async function observeMatrix(
  context: StepContext,
  world: NetworkPolicyWorld,
  title: string,
): Promise<MatrixWindow> {
  const pods = [...world.pods].map(([name, host]) => ({ name, host }))
  const lack = context.lacks('prober')
  const cells = lack === undefined ? await probeAll(context, world, pods) : await matrixByCommands(context, pods, PORTS)
  return matrixEvidence(context.evidence, title, { cells }, truthTable(await readObjects(context, world), PORTS).cells)
}

async function probeAll(
  context: StepContext,
  world: NetworkPolicyWorld,
  sources: readonly { readonly name: string; readonly host: Pod }[],
): Promise<readonly CellOutcome[]> {
  const { cluster, signal } = context
  const prober = world.prober(context)
  const targets = sources.map(({ name, host }) => ({
    name,
    addresses: host.addresses,
    servers: [{ host, names: [serverNameOf(host.namespace, host.name)] }],
  }))
  await waitForServers(prober, targets, PORTS, { signal })
  const countDrops = dropCounterOf(cluster.nodes, 4, signal)
  return (await prober.run({ sources, targets, ports: PORTS, countDrops, signal })).cells
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
