import ipaddr from 'ipaddr.js'
import { familyOf, parseCidr } from '../../../../../helpers/cidr.ts'
import { attribute, FLAG, type NetlinkRequest, nested } from './message.ts'

const RTM = { newLink: 16, newAddress: 20, newRoute: 24, newNeighbour: 28 } as const
const CREATE = FLAG.create | FLAG.exclusive
const AF_INET = 2
const AF_INET6 = 10
const IFF_UP = 1

const IFLA = { address: 1, name: 3, master: 10, linkInfo: 18, group: 27, netnsFd: 28 } as const
const IFLA_INFO_KIND = 1
const IFLA_INFO_DATA = 2
const VETH_INFO_PEER = 1

function bytesOf(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray())
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}

/** struct ifinfomsg. */
function linkHeader(index: number, flags = 0): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeInt32LE(index, 4)
  bytes.writeUInt32LE(flags, 8)
  bytes.writeUInt32LE(flags, 12)
  return bytes
}

export function addBridge(name: string): NetlinkRequest {
  const kind = nested(IFLA.linkInfo, attribute(IFLA_INFO_KIND, 'bridge'))
  return {
    text: `ip link add ${name} type bridge`,
    type: RTM.newLink,
    flags: CREATE,
    payload: Buffer.concat([linkHeader(0, IFF_UP), attribute(IFLA.name, name), kind]),
  }
}

export interface VethSpec {
  readonly name: string
  readonly mac?: string
  /** Index of the bridge that this end belongs to. */
  readonly master?: number
  readonly peer: { readonly name: string; readonly mac?: string; readonly netnsFd: number }
}

/** A veth pair: this end here and up; the other end in the given namespace, and down (veth refuses to be born up at both ends). */
export function addVeth(spec: VethSpec): NetlinkRequest {
  const peer = Buffer.concat([
    linkHeader(0),
    attribute(IFLA.name, spec.peer.name),
    attribute(IFLA.netnsFd, spec.peer.netnsFd),
    ...(spec.peer.mac === undefined ? [] : [attribute(IFLA.address, macBytes(spec.peer.mac))]),
  ])
  const info = nested(
    IFLA.linkInfo,
    attribute(IFLA_INFO_KIND, 'veth'),
    nested(IFLA_INFO_DATA, attribute(VETH_INFO_PEER, peer)),
  )
  return {
    text: `ip link add ${spec.name} type veth peer name ${spec.peer.name}`,
    type: RTM.newLink,
    flags: CREATE,
    payload: Buffer.concat([
      linkHeader(0, IFF_UP),
      attribute(IFLA.name, spec.name),
      ...(spec.mac === undefined ? [] : [attribute(IFLA.address, macBytes(spec.mac))]),
      ...(spec.master === undefined ? [] : [attribute(IFLA.master, spec.master)]),
      info,
    ]),
  }
}

export function setUp(index: number): NetlinkRequest {
  return { text: `ip link set dev #${index} up`, type: RTM.newLink, flags: 0, payload: linkHeader(index, IFF_UP) }
}

/** Interfaces of one group can be deleted all at once. */
export function setGroup(index: number, group: number): NetlinkRequest {
  return {
    text: `ip link set dev #${index} group ${group}`,
    type: RTM.newLink,
    flags: 0,
    payload: Buffer.concat([linkHeader(index), attribute(IFLA.group, group)]),
  }
}

/** `ADDRESS/LENGTH` on an interface; IPv6 addresses skip duplicate address detection. */
export function addAddress(index: number, addressWithLength: string): NetlinkRequest {
  const [address = '', length = ''] = addressWithLength.split('/')
  const family = familyOf(address)
  const header = Buffer.alloc(8)
  header[0] = family === 4 ? AF_INET : AF_INET6
  header[1] = Number(length)
  header.writeUInt32LE(index, 4)
  const IFA_ADDRESS = 1
  const IFA_LOCAL = 2
  const IFA_FLAGS = 8
  const IFA_F_NODAD = 0x02
  const linkLocal = address.toLowerCase().startsWith('fe80:')
  if (linkLocal) header[3] = 253
  return {
    text: `ip address add ${addressWithLength} dev #${index}`,
    type: RTM.newAddress,
    flags: CREATE,
    payload: Buffer.concat([
      header,
      attribute(IFA_LOCAL, bytesOf(address)),
      attribute(IFA_ADDRESS, bytesOf(address)),
      ...(family === 6 ? [attribute(IFA_FLAGS, IFA_F_NODAD)] : []),
    ]),
  }
}

export interface RouteSpec {
  /** A CIDR; `0.0.0.0/0` and `::/0` are the default routes. */
  readonly to: string
  readonly via?: string
  /** Interface index; none for a blackhole. */
  readonly device?: number
}

const RTPROT_STATIC = 4
/** The routing protocol number with which Calico marks its routes. */
const RTPROT_CALICO = 80
const RT_TABLE_MAIN = 254
const RT_SCOPE_LINK = 253
const RTN_UNICAST = 1
const RTN_BLACKHOLE = 6

/** A route by way of a neighbour, a route on a link, or (without a device) a blackhole. */
export function addRoute(spec: RouteSpec): NetlinkRequest {
  const to = parseCidr(spec.to)
  const header = Buffer.alloc(12)
  header[0] = to.family === 4 ? AF_INET : AF_INET6
  header[1] = to.prefixLength
  header[4] = RT_TABLE_MAIN
  header[5] = spec.device === undefined ? RTPROT_CALICO : RTPROT_STATIC
  header[6] = spec.via === undefined && spec.device !== undefined && to.family === 4 ? RT_SCOPE_LINK : 0
  header[7] = spec.device === undefined ? RTN_BLACKHOLE : RTN_UNICAST
  const RTA_DST = 1
  const RTA_OIF = 4
  const RTA_GATEWAY = 5
  const way = spec.device === undefined ? 'blackhole ' : ''
  const via = spec.via === undefined ? '' : ` via ${spec.via}`
  return {
    text: `ip route add ${way}${spec.to}${via}${spec.device === undefined ? '' : ` dev #${spec.device}`}`,
    type: RTM.newRoute,
    flags: CREATE,
    payload: Buffer.concat([
      header,
      ...(to.prefixLength === 0 ? [] : [attribute(RTA_DST, bytesOf(to.text.slice(0, to.text.indexOf('/'))))]),
      ...(spec.via === undefined ? [] : [attribute(RTA_GATEWAY, bytesOf(spec.via))]),
      ...(spec.device === undefined ? [] : [attribute(RTA_OIF, spec.device)]),
    ]),
  }
}

/** A permanent neighbour: it is never asked for, and does not count towards the limits of the neighbour table. */
export function addNeighbour(index: number, address: string, mac: string): NetlinkRequest {
  const header = Buffer.alloc(12)
  header[0] = familyOf(address) === 4 ? AF_INET : AF_INET6
  header.writeInt32LE(index, 4)
  const NUD_PERMANENT = 0x80
  header.writeUInt16LE(NUD_PERMANENT, 8)
  const NDA_DST = 1
  const NDA_LLADDR = 2
  return {
    text: `ip neighbour replace ${address} lladdr ${mac} dev #${index} nud permanent`,
    type: RTM.newNeighbour,
    flags: FLAG.create | FLAG.replace,
    payload: Buffer.concat([header, attribute(NDA_DST, bytesOf(address)), attribute(NDA_LLADDR, macBytes(mac))]),
  }
}
