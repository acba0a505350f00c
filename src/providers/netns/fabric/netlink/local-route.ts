import ipaddr from 'ipaddr.js'
import { familyOf } from '../../../../../helpers/cidr.ts'
import { attribute, FLAG, type NetlinkRequest } from './message.ts'

const RTM_NEWROUTE = 24
const FAMILIES = { 4: 2, 6: 10 } as const
const BITS = { 4: 32, 6: 128 } as const
const RT_TABLE_LOCAL = 255
const RTPROT_STATIC = 4
const RT_SCOPE_HOST = 254
const RTN_LOCAL = 2
const RTA_DST = 1
const RTA_OIF = 4
const RTA_PREFSRC = 7

/**
 * Makes an address the machine's own without giving it to an interface: it can be listened on, and is never chosen as the source
 * of other traffic (which an address of global scope on the loopback interface would be, wherever the way out has none).
 * @param source the machine's address that it speaks to itself from.
 */
export function addLocalRoute(address: string, loopback: number, source: string | undefined): NetlinkRequest {
  const family = familyOf(address)
  const header = Buffer.alloc(12)
  header[0] = FAMILIES[family]
  header[1] = BITS[family]
  header[4] = RT_TABLE_LOCAL
  header[5] = RTPROT_STATIC
  header[6] = family === 4 ? RT_SCOPE_HOST : 0
  header[7] = RTN_LOCAL
  const bytesOf = (text: string): Buffer => Buffer.from(ipaddr.parse(text).toByteArray())
  return {
    text: `ip route add local ${address} dev lo${source === undefined ? '' : ` src ${source}`}`,
    type: RTM_NEWROUTE,
    flags: FLAG.create | FLAG.exclusive,
    payload: Buffer.concat([
      header,
      attribute(RTA_DST, bytesOf(address)),
      attribute(RTA_OIF, loopback),
      ...(source === undefined ? [] : [attribute(RTA_PREFSRC, bytesOf(source))]),
    ]),
  }
}
