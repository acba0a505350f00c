/** One rule, chain end or policy that a packet met. */
export interface TraceHop {
  readonly table: string
  readonly chain: string
  readonly kind: 'rule' | 'return' | 'policy'
  /**
   * The rule's position from 1 (legacy; a policy has the number after the last rule), or its nft handle (nft): the two
   * are not comparable.
   */
  readonly ruleNumber?: number
  readonly handle?: number
  /** `ACCEPT`, `DROP`, `CONTINUE`, `RETURN`, `JUMP`, `GOTO`, … Absent in the legacy format, which does not say. */
  readonly verdict?: string
  /** The chain that a jump or goto leads to. */
  readonly jumpsTo?: string
  /** The rule as `-A CHAIN …`, when xtables-monitor prints it. */
  readonly rule?: string
  /** The packet as it was at this hop: NAT changes it on the way. */
  readonly packet: TracedPacket
}

export interface TracedPacket {
  readonly inInterface?: string
  readonly outInterface?: string
  readonly source: string
  readonly destination: string
  readonly protocol?: string
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly mark?: string
  /** All `NAME=VALUE` fields as printed. */
  readonly fields: Readonly<Record<string, string>>
}

/** What one packet met, in order. A packet that is delivered on the same host is a new packet, with a new id, on its way in. */
export interface Trace {
  /** The kernel's trace id (nft); for the legacy log, made from what NAT leaves alone. */
  readonly id: string
  readonly family: 4 | 6
  readonly hops: readonly TraceHop[]
}
