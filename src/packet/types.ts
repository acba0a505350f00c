/** How a frame was carried on the captured interface. */
export interface LinkLayer {
  /** `unknown`: a link type whose frames are not decoded further. */
  readonly type: 'ethernet' | 'sll' | 'sll2' | 'raw' | 'null' | 'unknown'
  /** MAC addresses, `aa:bb:cc:dd:ee:ff`. The cooked types record the sender's alone. */
  readonly source: string | undefined
  readonly destination: string | undefined
  /** The EtherType below any VLAN tags; undefined for 802.3 frames with a length field and for link types without one. */
  readonly etherType: number | undefined
  /** VLAN ids, outermost first. */
  readonly vlans: readonly number[]
  /** Only in SLL2 (`tcpdump -i any`): the kernel's index of the interface that saw the packet. */
  readonly interfaceIndex: number | undefined
  /** Only in SLL and SLL2. */
  readonly direction: 'in' | 'out' | undefined
  /** Only in SLL and SLL2: to whom the packet was sent, as the kernel saw it. */
  readonly packetType: 'to-us' | 'broadcast' | 'multicast' | 'to-other-host' | 'from-us' | undefined
}

export interface ArpLayer {
  readonly operation: 'request' | 'reply' | 'other'
  readonly senderMac: string
  readonly senderAddress: string
  readonly targetMac: string
  readonly targetAddress: string
}

/** Where a fragment belongs in its datagram (RFC 791, RFC 8200 §4.5). Absent on whole packets. */
export interface Fragment {
  readonly id: number
  /** In bytes. */
  readonly offset: number
  readonly more: boolean
}

export interface IpLayer {
  readonly version: 4 | 6
  readonly source: string
  readonly destination: string
  /** TTL, or hop limit. */
  readonly ttl: number
  /** TOS, or traffic class. */
  readonly trafficClass: number
  /** The transport protocol number: what follows the extension headers and AH. */
  readonly protocol: number
  /** The whole packet in bytes, as the header claims. */
  readonly totalLength: number
  /** The header with its options, or with all IPv6 extension headers (and AH). */
  readonly headerLength: number
  /** IPv4 identification; IPv6 has one in `fragment` alone. */
  readonly id: number | undefined
  readonly dontFragment: boolean
  readonly fragment: Fragment | undefined
  /** Protocol numbers of the IPv6 extension headers and AH, in order. */
  readonly extensionHeaders: readonly number[]
}

export interface TcpFlags {
  readonly fin: boolean
  readonly syn: boolean
  readonly rst: boolean
  readonly psh: boolean
  readonly ack: boolean
  readonly urg: boolean
  readonly ece: boolean
  readonly cwr: boolean
  /** As tcpdump prints them: `S`, `S.`, `P.`, `F.`, `R`, `.`, `none`. */
  readonly text: string
}

export interface TcpLayer {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly sequence: number
  readonly acknowledgment: number
  readonly flags: TcpFlags
  readonly window: number
  readonly headerLength: number
  /** Maximum segment size option, in bytes. */
  readonly mss: number | undefined
  /** Only the start of the header was there (an ICMP error quotes 8 bytes): ports, perhaps the sequence; the rest is zero. */
  readonly partial: boolean
}

export interface UdpLayer {
  readonly sourcePort: number
  readonly destinationPort: number
  /** Header and data, in bytes, as the header claims. */
  readonly length: number
}

export interface SctpLayer {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly verificationTag: number
  /** The type of the first chunk: 0 DATA, 1 INIT, 2 INIT ACK, … (RFC 9260). */
  readonly firstChunkType: number | undefined
}

/** The names of the ICMP and ICMPv6 messages that have one here. */
export type IcmpKind =
  | 'echo-request'
  | 'echo-reply'
  | 'destination-unreachable'
  | 'source-quench'
  | 'redirect'
  | 'time-exceeded'
  | 'parameter-problem'
  | 'packet-too-big'
  | 'timestamp-request'
  | 'timestamp-reply'
  | 'router-solicitation'
  | 'router-advertisement'
  | 'neighbor-solicitation'
  | 'neighbor-advertisement'
  | 'mld-query'
  | 'mld-report'
  | 'mld-done'
  | 'mldv2-report'
  | 'other'

export interface IcmpLayer {
  /** 4: ICMP; 6: ICMPv6. */
  readonly version: 4 | 6
  readonly type: number
  readonly code: number
  readonly kind: IcmpKind
  /** Of echo and timestamp messages. */
  readonly id: number | undefined
  readonly sequence: number | undefined
  /** Of "fragmentation needed" and "packet too big". */
  readonly mtu: number | undefined
  /** The target of neighbour discovery, the gateway of a redirect, the group of MLDv1. */
  readonly target: string | undefined
  /** In errors: the start of the packet that caused it. */
  readonly original: Layers | undefined
}

export interface WireguardLayer {
  readonly kind: 'handshake-initiation' | 'handshake-response' | 'cookie-reply' | 'transport-data'
  readonly senderIndex: number | undefined
  readonly receiverIndex: number | undefined
  /** Of transport data; exact below 2^53 (the protocol rekeys after 2^60 messages, or two minutes). */
  readonly counter: number | undefined
  /** A transport message with nothing in it. */
  readonly keepalive: boolean
}

/** The network layer and what it carries. A layer that is absent, or not whole enough to read, is undefined. */
export interface Layers {
  readonly ip: IpLayer | undefined
  readonly tcp: TcpLayer | undefined
  readonly udp: UdpLayer | undefined
  readonly icmp: IcmpLayer | undefined
  readonly sctp: SctpLayer | undefined
  readonly wireguard: WireguardLayer | undefined
  /** The captured bytes above the innermost decoded layer; a view of `Packet.data`, not a copy. */
  readonly payload: Buffer
  /** The length of that payload on the wire, as the headers claim: more than `payload.length` when the capture cut it. */
  readonly payloadLength: number
}

export interface Packet extends Layers {
  /** The frame's number in its file, from 1, as Wireshark shows it. */
  readonly index: number
  /** Microseconds since the epoch (safe as a number until the year 2255). */
  readonly timestampUs: number
  readonly capturedLength: number
  /** On the wire. */
  readonly originalLength: number
  readonly link: LinkLayer
  readonly arp: ArpLayer | undefined
  /** The capture (its snapshot length) cut the packet inside a header. A payload that was cut has `payload.length < payloadLength`. */
  readonly truncated: boolean
  /** What is wrong with the packet itself, if anything. Everything before that place is decoded. */
  readonly malformed: string | undefined
  /** The whole captured frame. */
  readonly data: Buffer
}
