import { addressAt, type Cidr, familyOf, isAddress, parseCidr } from '../../../../helpers/cidr.ts'
import type { ClusterProfile } from '../../../cluster/profile.ts'
import { invalidInput } from '../../../errors.ts'
import type { PlannedExternalHost } from './plan.ts'
import { networkOf, overlap } from './prefixes.ts'

/** The gateway of a host whose network is itself alone (/32, /128): link-local, as pods have it. */
const LINK_LOCAL_GATEWAY = { 4: '169.254.1.1', 6: 'fe80::ecee:eeff:feee:eeee' } as const

/** Each external host is on a network of its own; the router has the first free address there. */
export function planExternalHosts(
  profile: ClusterProfile,
  where: string,
  nodeSubnets: readonly Cidr[],
): PlannedExternalHost[] {
  // A router that does not know the pods can well know another network of the same range.
  const clusterRanges = [...(profile.routerKnowsPods ? profile.podCidrs : []), ...profile.serviceCidrs]
  const networks = [...nodeSubnets, ...clusterRanges.map(parseCidr)]
  return profile.externalHosts.map((host) => {
    const place = `${where}, external host "${host.name}"`
    const links = host.addresses.map((text) => {
      const { address, prefixLength } = parseAddressWithLength(text, place)
      const network = networkOf(address, prefixLength)
      const other = networks.find((candidate) => overlap(candidate, network))
      if (other !== undefined) {
        throw invalidInput(`${place}: its network ${network.text} overlaps ${other.text}`, {
          hint: 'Each external host is on a network of its own behind the router; a /32 or /128 is fine.',
        })
      }
      networks.push(network)
      return { address, prefixLength, gateway: gatewayIn(network, address) }
    })
    return { name: host.name, addresses: links.map((link) => link.address), links, routes: host.routes.map(parseCidr) }
  })
}

function gatewayIn(network: Cidr, address: string): string {
  const bits = network.family === 4 ? 32 : 128
  if (network.prefixLength === bits) return LINK_LOCAL_GATEWAY[network.family]
  const first = addressAt(network, network.prefixLength === bits - 1 ? 0 : 1)
  if (first !== address) return first
  return addressAt(network, network.prefixLength === bits - 1 ? 1 : 2)
}

function parseAddressWithLength(text: string, place: string): { address: string; prefixLength: number } {
  const [address = '', length = '', ...rest] = text.split('/')
  const bits = isAddress(address) ? (familyOf(address) === 4 ? 32 : 128) : 0
  if (rest.length > 0 || !/^\d{1,3}$/.test(length) || bits === 0 || Number(length) > bits || Number(length) === 0) {
    throw invalidInput(`${place}: "${text}" is not an address with its prefix length, for instance 203.0.113.10/24`)
  }
  return { address: parseCidr(`${address}/${bits}`).text.replace(/\/\d+$/, ''), prefixLength: Number(length) }
}
