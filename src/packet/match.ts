import { addressToBigInt, bigIntToAddress, cidrContains, familyOf, isAddress, parseCidr } from '../../helpers/cidr.ts'
import { invalidInput } from '../errors.ts'
import { PROTOCOL_NUMBERS, portsOf } from './protocol.ts'
import type { IcmpKind, Layers, Packet, TcpFlags, WireguardLayer } from './types.ts'

/** What a packet must be. Everything that is given must hold; a list means any of its members. */
export interface PacketFilter {
  /** Source: an address or a CIDR. */
  readonly from?: string | readonly string[]
  /** Destination: an address or a CIDR. */
  readonly to?: string | readonly string[]
  readonly ipVersion?: 4 | 6
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `sctp`, `esp`, `arp`, … or an IP protocol number. */
  readonly protocol?: string | number
  readonly icmp?: IcmpKind | readonly IcmpKind[]
  readonly icmpId?: number
  readonly icmpSequence?: number
  readonly sourcePort?: number | readonly number[]
  readonly destinationPort?: number | readonly number[]
  /** Either port. */
  readonly port?: number | readonly number[]
  /** Each flag that is given must be as given: `{ syn: true, ack: false }`. */
  readonly tcpFlags?: Partial<Omit<TcpFlags, 'text'>>
  readonly payloadIncludes?: string | Uint8Array
  /** Only a capture on `any` knows it. */
  readonly direction?: 'in' | 'out'
  readonly vlan?: number
  readonly fragment?: boolean
  /** A WireGuard message of this kind, or any (`true`). */
  readonly wireguard?: WireguardLayer['kind'] | true
  /** An ICMP error that quotes such a packet. */
  readonly quoting?: Omit<PacketFilter, 'direction' | 'vlan' | 'quoting'>
}

type Test<T> = (subject: T) => boolean

/**
 * Compiles a filter into a test of packets.
 * @throws PacketproofError E_INVALID_INPUT that names the field and what it may hold.
 */
export function packetMatcher(filter: PacketFilter): Test<Packet> {
  const tests: Test<Packet>[] = []
  for (const [field, value] of Object.entries(filter) as [keyof PacketFilter, unknown][]) {
    if (value !== undefined) tests.push(fieldTest(field, filter))
  }
  return (packet) => tests.every((test) => test(packet))
}

/** The packets that match. */
export function matchPackets(packets: readonly Packet[], filter: PacketFilter): readonly Packet[] {
  return packets.filter(packetMatcher(filter))
}

/** The filter as people read it: `from 10.0.0.1 to 10.0.0.0/8 protocol icmp`. */
export function describeFilter(filter: PacketFilter): string {
  const parts = Object.entries(filter).flatMap(([field, value]) => {
    if (value === undefined) return []
    if (field === 'quoting') return [`quoting (${describeFilter(value as PacketFilter)})`]
    const words = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    if (value instanceof Uint8Array) return [`${words} 0x${shortHex(value)}`]
    if (Array.isArray(value)) return [`${words} ${value.join(' or ')}`]
    return [`${words} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`]
  })
  return parts.length === 0 ? 'any packet' : parts.join(', ')
}

/** Enough to recognise a nonce by. */
function shortHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 4)).toString('hex') + (bytes.length > 4 ? '…' : '')
}

function fieldTest(field: keyof PacketFilter, filter: PacketFilter): Test<Packet> {
  switch (field) {
    case 'from': {
      const inside = addressTest('from', filter.from ?? [])
      return (packet) => inside(packet.ip?.source ?? packet.arp?.senderAddress)
    }
    case 'to': {
      const inside = addressTest('to', filter.to ?? [])
      return (packet) => inside(packet.ip?.destination ?? packet.arp?.targetAddress)
    }
    case 'ipVersion':
      return (packet) => packet.ip?.version === filter.ipVersion
    case 'protocol':
      return protocolTest(filter.protocol ?? '')
    case 'icmp': {
      const kinds = listOf<IcmpKind>(filter.icmp ?? [])
      return (packet) => packet.icmp !== undefined && kinds.includes(packet.icmp.kind)
    }
    case 'icmpId':
      return (packet) => packet.icmp !== undefined && packet.icmp.id === filter.icmpId
    case 'icmpSequence':
      return (packet) => packet.icmp !== undefined && packet.icmp.sequence === filter.icmpSequence
    case 'sourcePort':
    case 'destinationPort':
    case 'port':
      return portTest(field, listOf<number>(filter[field] ?? []))
    case 'tcpFlags': {
      const wanted = Object.entries(filter.tcpFlags ?? {}) as [keyof TcpFlags, boolean | undefined][]
      return ({ tcp }) => tcp !== undefined && wanted.every(([flag, on]) => on === undefined || tcp.flags[flag] === on)
    }
    case 'payloadIncludes': {
      const wanted = Buffer.from(filter.payloadIncludes ?? '')
      return (packet) => packet.payload.includes(wanted)
    }
    case 'direction':
      return (packet) => packet.link.direction === filter.direction
    case 'vlan':
      return (packet) => packet.link.vlans.includes(filter.vlan ?? -1)
    case 'fragment':
      return (packet) => packet.ip !== undefined && (packet.ip.fragment !== undefined) === filter.fragment
    case 'wireguard':
      return ({ wireguard }) =>
        wireguard !== undefined && (filter.wireguard === true || wireguard.kind === filter.wireguard)
    case 'quoting': {
      const inner = packetMatcher(filter.quoting ?? {}) as Test<Layers>
      return ({ icmp }) => icmp?.original !== undefined && inner(icmp.original)
    }
    default:
      throw invalidInput(`a packet filter has no field "${String(field satisfies never)}"`, {
        hint: 'fields: from, to, ipVersion, protocol, icmp, icmpId, icmpSequence, sourcePort, destinationPort, port, tcpFlags, payloadIncludes, direction, vlan, fragment, wireguard, quoting',
      })
  }
}

function addressTest(field: 'from' | 'to', given: string | readonly string[]): Test<string | undefined> {
  const tests = listOf<string>(given).map((text): Test<string> => {
    if (text.includes('/')) {
      const cidr = parseCidr(text)
      return (address) => cidrContains(cidr, address)
    }
    if (!isAddress(text)) throw invalidInput(`packet filter: ${field} is "${text}", expected an IP address or a CIDR`)
    const canonical = bigIntToAddress(addressToBigInt(text), familyOf(text))
    return (address) => address === canonical
  })
  return (address) => address !== undefined && tests.some((test) => test(address))
}

function protocolTest(protocol: string | number): Test<Packet> {
  if (protocol === 'arp') return (packet) => packet.arp !== undefined
  const number = typeof protocol === 'number' ? protocol : PROTOCOL_NUMBERS[protocol]
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > 255) {
    throw invalidInput(`packet filter: protocol is "${protocol}", expected a number from 0 to 255 or a name`, {
      hint: `names: arp, ${Object.keys(PROTOCOL_NUMBERS).join(', ')}`,
    })
  }
  return (packet) => packet.ip?.protocol === number
}

function portTest(field: 'sourcePort' | 'destinationPort' | 'port', wanted: readonly number[]): Test<Packet> {
  const wrong = wanted.find((port) => !Number.isInteger(port) || port < 0 || port > 65_535)
  if (wrong !== undefined) throw invalidInput(`packet filter: ${field} is ${wrong}, expected 0 to 65535`)
  return (packet) => {
    const ports = portsOf(packet)
    if (ports === undefined) return false
    if (field === 'sourcePort') return wanted.includes(ports.source)
    if (field === 'destinationPort') return wanted.includes(ports.destination)
    return wanted.includes(ports.source) || wanted.includes(ports.destination)
  }
}

function listOf<T extends string | number>(value: T | readonly T[]): readonly T[] {
  return typeof value === 'object' ? value : [value]
}
