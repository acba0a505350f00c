import type {
  ArpLayer,
  IcmpLayer,
  IpLayer,
  Layers,
  LinkLayer,
  Packet,
  SctpLayer,
  TcpLayer,
  UdpLayer,
  WireguardLayer,
} from './types.ts'

/**
 * The layers of one IP packet while the decoders fill them in. Always the same fields in the same order,
 * which is what lets a million packets be decoded quickly; the payload view is made when somebody asks for it.
 */
export class LayersDraft implements Layers {
  ip: IpLayer | undefined = undefined
  tcp: TcpLayer | undefined = undefined
  udp: UdpLayer | undefined = undefined
  icmp: IcmpLayer | undefined = undefined
  sctp: SctpLayer | undefined = undefined
  wireguard: WireguardLayer | undefined = undefined
  malformed: string | undefined = undefined
  truncated = false
  payloadLength = 0
  readonly data: Buffer
  /** These are the layers that an ICMP error quotes: a beginning only, by design, so an early end is no fault. */
  readonly quoted: boolean
  protected payloadStart = 0
  protected payloadEnd = 0

  constructor(data: Buffer, quoted: boolean) {
    this.data = data
    this.quoted = quoted
  }

  get payload(): Buffer {
    return this.data.subarray(this.payloadStart, this.payloadEnd)
  }

  /** What lies between `start` and `wireEnd` is payload, of which the bytes before `end` were captured. */
  setPayload(start: number, end: number, wireEnd: number): void {
    this.payloadStart = Math.min(start, end)
    this.payloadEnd = end
    this.payloadLength = Math.max(0, wireEnd - start)
  }

  /** Something ends before it should. It is the capture's doing when more was on the wire than in the file. */
  endsEarly(what: string, cutByCapture: boolean): void {
    if (cutByCapture) this.truncated = true
    else this.fault(`${what} ends early`)
  }

  fault(problem: string): void {
    if (!this.quoted) this.malformed ??= problem
  }

  /** The layers without the frame; the payload in hexadecimal. */
  toJSON(): object {
    const { data: _, quoted: _quoted, payloadStart: _start, payloadEnd: _end, ...fields } = this
    return { ...fields, payload: this.payload.toString('hex') }
  }
}

export class PacketDraft extends LayersDraft implements Packet {
  link: LinkLayer = UNKNOWN_LINK
  arp: ArpLayer | undefined = undefined
  readonly index: number
  readonly timestampUs: number
  readonly capturedLength: number
  readonly originalLength: number

  constructor(index: number, timestampUs: number, originalLength: number, data: Buffer) {
    super(data, false)
    this.index = index
    this.timestampUs = timestampUs
    this.capturedLength = data.length
    this.originalLength = originalLength
  }
}

const UNKNOWN_LINK: LinkLayer = {
  type: 'unknown',
  source: undefined,
  destination: undefined,
  etherType: undefined,
  vlans: [],
  interfaceIndex: undefined,
  direction: undefined,
  packetType: undefined,
}
