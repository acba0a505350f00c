import { type Cidr, cidrContains, parseCidr, subnetAt } from '../../../../helpers/cidr.ts'
import type { ClusterProfile } from '../../../cluster/profile.ts'
import { invalidInput } from '../../../errors.ts'
import { overlap } from './prefixes.ts'

/** Each node's part of the pod CIDRs, in the order of the nodes and the families of `podCidrs`. */
export function planPodCidrs(profile: ClusterProfile, where: string): Cidr[][] {
  const clusterCidrs = profile.podCidrs.map(parseCidr)
  if (new Set(clusterCidrs.map((cidr) => cidr.family)).size !== clusterCidrs.length) {
    throw invalidInput(`${where}, podCidrs: expected at most one CIDR per address family`)
  }
  const taken: Cidr[] = []
  const given = profile.nodes.map((node) => {
    const place = `${where}, node "${node.name}", podCidrs`
    return (node.podCidrs ?? []).map((text) => {
      const cidr = parseCidr(text)
      if (!clusterCidrs.some((cluster) => contains(cluster, cidr))) {
        throw invalidInput(`${place}: ${text} is not inside ${profile.podCidrs.join(', ')}`)
      }
      const other = taken.find((candidate) => overlap(candidate, cidr))
      if (other !== undefined) throw invalidInput(`${place}: ${text} overlaps ${other.text} of another node`)
      taken.push(cidr)
      return cidr
    })
  })
  return given.map((cidrs, index) =>
    clusterCidrs.map((cluster) => {
      const own = cidrs.find((cidr) => cidr.family === cluster.family)
      return own ?? takeNextPart(cluster, taken, `${where}, node "${profile.nodes[index]?.name}"`)
    }),
  )
}

function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.prefixLength >= outer.prefixLength && cidrContains(outer, inner.text.slice(0, inner.text.indexOf('/')))
}

/** /24 of the cluster's IPv4 range (/26 of a /24, two bits longer than anything smaller), /64 of the IPv6 one. */
function partLength(cluster: Cidr): number {
  if (cluster.family === 4) return cluster.prefixLength < 24 ? 24 : Math.min(cluster.prefixLength + 2, 30)
  return cluster.prefixLength < 64 ? 64 : Math.min(cluster.prefixLength + 8, 124)
}

function takeNextPart(cluster: Cidr, taken: Cidr[], where: string): Cidr {
  const length = partLength(cluster)
  const count = 2 ** Math.min(length - cluster.prefixLength, 16)
  for (let index = 0; index < count; index += 1) {
    const part = subnetAt(cluster, length, index)
    if (taken.some((candidate) => overlap(candidate, part))) continue
    taken.push(part)
    return part
  }
  throw invalidInput(`${where}: the pod CIDR ${cluster.text} has no free /${length} left`)
}
