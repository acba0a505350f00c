import type { ManifestObject } from '../../cluster/load-manifests.ts'
import { type ClusterProfile, profileSchema } from '../../cluster/profile.ts'
import { podSpecOf } from './read-world.ts'

const FEWEST_NODES = 3

/** A cluster of three nodes or more, both address families, with the nodes that pods ask for by name. */
export function matrixProfile(workloads: readonly ManifestObject[]): ClusterProfile {
  const asked = workloads.flatMap(({ object }) => podSpecOf(object)?.nodeName ?? [])
  const names = new Set(asked)
  for (let number = 1; names.size < FEWEST_NODES; number += 1) names.add(`node-${number}`)
  return profileSchema.parse({
    name: 'matrix',
    description: 'For the pods of a user',
    nodeSubnets: ['172.18.0.0/16', 'fc00:f853:ccd:e793::/64'],
    podCidrs: ['10.244.0.0/16', 'fd00:10:244::/56'],
    serviceCidrs: ['10.96.0.0/16', 'fd00:10:96::/112'],
    nodes: [...names].map((name) => ({ name })),
    outsiders: [{ name: 'outsider' }],
    externalHosts: [
      {
        name: 'external',
        addresses: ['203.0.113.10/24', '2001:db8:203::10/64'],
        routes: ['172.18.0.0/16', '10.244.0.0/16', 'fc00:f853:ccd:e793::/64', 'fd00:10:244::/56'],
      },
    ],
  })
}
