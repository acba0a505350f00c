import { familyOf } from '../../helpers/cidr.ts'
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

/** Probes every pod with an address of the family from every other on every port, and keeps it beside what the objects of the API demand. */
export async function observeMatrix(
  context: StepContext,
  world: NetworkPolicyWorld,
  title: string,
  family: 4 | 6 = 4,
): Promise<MatrixWindow> {
  // A pod that has asked for one address has no other.
  const pods = [...world.pods]
    .map(([name, host]) => ({ name, host }))
    .filter(({ host }) => host.addresses.some((address) => familyOf(address) === family))
  const lack = context.lacks('prober')
  const cells =
    lack === undefined
      ? await probeAll(context, world, pods, family)
      : await matrixByCommands(context, pods, PORTS, family)
  const truth = truthTable(await readObjects(context, world), PORTS, family)
  return matrixEvidence(context.evidence, title, { cells }, truth.cells)
}

async function probeAll(
  context: StepContext,
  world: NetworkPolicyWorld,
  sources: readonly { readonly name: string; readonly host: Pod }[],
  family: 4 | 6,
): Promise<readonly CellOutcome[]> {
  const { cluster, signal } = context
  const prober = world.prober(context)
  const targets = sources.map(({ name, host }) => ({
    name,
    addresses: host.addresses,
    servers: [{ host, names: [serverNameOf(host.namespace, host.name)] }],
  }))
  await waitForServers(prober, targets, PORTS, { signal })
  const countDrops = dropCounterOf(cluster.nodes, family, signal)
  return (await prober.run({ sources, targets, ports: PORTS, family, countDrops, signal })).cells
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
