import type { V1IPBlock } from '@kubernetes/client-node'
import ipaddr from 'ipaddr.js'
import { familyOf, isAddress } from '../../helpers/cidr.ts'
import { invalidInput } from '../errors.ts'

/**
 * Whether the address is within `cidr` and within none of `except`.
 * @throws PacketproofError E_INVALID_INPUT that names what is not a CIDR.
 */
export function isInBlock(block: V1IPBlock, address: string): boolean {
  const within = (cidr: string): boolean => isWithin(cidr, address)
  return within(block.cidr) && !(block.except ?? []).some(within)
}

/** The API takes CIDRs with host bits set; they mean the network. */
function isWithin(cidr: string, address: string): boolean {
  const [network = '', digits = ''] = cidr.split('/')
  const length = Number(digits)
  if (!isAddress(network) || !/^\d{1,3}$/.test(digits) || length > (familyOf(network) === 4 ? 32 : 128)) {
    throw invalidInput(`"${cidr}" in an ipBlock is not a CIDR: expected ADDRESS/LENGTH`)
  }
  if (familyOf(network) !== familyOf(address)) return false
  return ipaddr.parse(address).match(ipaddr.parse(network), length)
}
