import type { ClusterProfile } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { ADDRESSES_LABEL, type Labels, MACHINE_KIND_LABEL, MACHINE_LABEL } from './labels.ts'
import { startMachine } from './machine-container.ts'
import type { NetworkNames } from './networks.ts'
import {
  type MachinePlan,
  type NodeAddresses,
  type PlannedContainer,
  routesOfNode,
  routesToPods,
} from './plan-machines.ts'

export interface Surroundings {
  readonly profile: ClusterProfile
  readonly plan: MachinePlan
  readonly networks: NetworkNames
  /** Of outsiders, external hosts and the router. */
  readonly image: string
  readonly labels: Labels
}

/**
 * Starts outsiders, external hosts and the router, and connects them as the profile describes it. Before there is any node: Docker gives
 * nodes the addresses that are free, and these have theirs from the profile.
 */
export async function startSurroundings(docker: Docker, surroundings: Surroundings): Promise<void> {
  await Promise.all([
    startRouter(docker, surroundings),
    ...surroundings.plan.machines.map(async (machine) => await startOne(docker, surroundings, machine)),
  ])
}

/** Leads the nodes to the router, and the router to the pods. */
export async function connectNodes(
  docker: Docker,
  { plan, profile }: Surroundings,
  nodes: readonly NodeAddresses[],
): Promise<void> {
  const { router } = plan
  if (router === undefined) return
  await runAll(docker, router.container, routesToPods(profile, nodes))
  if (profile.kind.isOnline) return
  await Promise.all(nodes.map(async ({ name }) => await runAll(docker, name, routesOfNode(router))))
}

async function startRouter(docker: Docker, { plan, networks, image, labels }: Surroundings): Promise<void> {
  const { router } = plan
  if (router === undefined) return
  const { container, addresses } = router
  const common = { image, labels: { ...labels, [MACHINE_KIND_LABEL]: 'router' } }
  await startMachine(docker, {
    ...common,
    ...{ name: container, hostname: 'router', network: networks.nodes, fixedAddresses: addresses, forwards: true },
  })
  await docker.run(['network', 'connect', networks.outside, container])
  await runAll(docker, container, router.setUp)
}

async function startOne(
  docker: Docker,
  { networks, image, labels }: Surroundings,
  { name, kind, addresses, container, network, fixedAddresses, setUp }: PlannedContainer,
): Promise<void> {
  const own = { [MACHINE_LABEL]: name, [MACHINE_KIND_LABEL]: kind, [ADDRESSES_LABEL]: addresses.join(' ') }
  await startMachine(docker, {
    ...{ name: container, hostname: name, image, network: networks[network], fixedAddresses, forwards: false },
    labels: { ...labels, ...own },
  })
  await runAll(docker, container, setUp)
}

async function runAll(docker: Docker, container: string, commands: readonly (readonly string[])[]): Promise<void> {
  for (const argv of commands) await docker.run(['exec', container, ...argv])
}
