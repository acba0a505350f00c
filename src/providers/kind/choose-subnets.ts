import { type Cidr, parseCidr, subnetAt } from '../../../helpers/cidr.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { PacketproofError } from '../../errors.ts'
import { overlap } from '../netns/fabric/prefixes.ts'

/** Where Docker itself takes the subnets of its networks from, and the unique local addresses that kind takes. */
const RANGES = { 4: '172.16.0.0/12', 6: 'fc00:f853::/32' } as const
const ATTEMPTS = 4096

/**
 * The node subnets of the profile, each moved to the next free place of its size when another Docker network has it; on many machines
 * kind's own network has the one that documents name.
 * @param used the subnets of Docker's networks
 * @throws PacketproofError E_ENVIRONMENT when there is no place left.
 */
export function chooseSubnets(profile: ClusterProfile, used: readonly Cidr[]): readonly Cidr[] {
  const own = [...profile.podCidrs, ...profile.serviceCidrs].map(parseCidr)
  const taken = [...used, ...own]
  return profile.nodeSubnets.map((text) => {
    const wanted = parseCidr(text)
    const chosen = used.some((other) => overlap(other, wanted)) ? nextFree(wanted, taken) : wanted
    taken.push(chosen)
    return chosen
  })
}

function nextFree(wanted: Cidr, taken: readonly Cidr[]): Cidr {
  const range = parseCidr(RANGES[wanted.family])
  const length = Math.max(wanted.prefixLength, range.prefixLength)
  const places = Math.min(2 ** (length - range.prefixLength), ATTEMPTS)
  for (let index = 0; index < places; index += 1) {
    const candidate = subnetAt(range, length, index)
    if (!taken.some((other) => overlap(other, candidate))) return candidate
  }
  const others = taken.filter((other) => overlap(other, range)).map(({ text }) => text)
  throw new PacketproofError(
    'E_ENVIRONMENT',
    `the node subnet ${wanted.text} is in use by another Docker network, and ${range.text} has no free place of its size (in use: ${others.join(', ')})`,
    { hint: 'docker network ls lists the networks; docker network prune removes those that nothing uses' },
  )
}

/** The profile with its nodes in other subnets: addresses keep their place in the subnet, routes to the old subnet become routes to the new one. */
export function moveToSubnets(profile: ClusterProfile, subnets: readonly Cidr[]): ClusterProfile {
  const moves = profile.nodeSubnets.map((text, index) => ({
    from: parseCidr(text),
    to: subnets[index] ?? parseCidr(text),
  }))
  const moveAddress = (address: string): string => {
    const own = parseCidr(`${address}/${address.includes(':') ? 128 : 32}`)
    const move = moves.find(({ from }) => overlap(from, own))
    if (move === undefined || move.from.text === move.to.text) return address
    const place = own.network - move.from.network
    return subnetAt({ ...own, network: move.to.network + place }, own.prefixLength, 0).text.replace(/\/\d+$/, '')
  }
  const moveRoute = (route: string): string =>
    moves.find(({ from }) => from.text === parseCidr(route).text)?.to.text ?? route
  return {
    ...profile,
    nodeSubnets: moves.map(({ to }) => to.text),
    // kind cannot give a node an address.
    nodes: profile.nodes.map((node) => ({ ...node, addresses: undefined })),
    outsiders: profile.outsiders.map((outsider) => ({ ...outsider, addresses: outsider.addresses?.map(moveAddress) })),
    externalHosts: profile.externalHosts.map((host) => ({ ...host, routes: host.routes.map(moveRoute) })),
  }
}
