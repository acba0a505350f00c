import type { Outcome } from '../probe/outcome.ts'
import type { NetfilterHook } from '../ruleset/hook-trace.ts'

export type ExplainedProtocol = 'tcp' | 'udp' | 'icmp'

/** Addresses and, where the protocol has them, ports. */
export interface Tuple {
  readonly source: string
  readonly destination: string
  readonly sourcePort?: number
  readonly destinationPort?: number
}

/** One rule, chain end or policy that decided something, or that the packet only passed. */
export interface RuleStep {
  readonly table: string
  readonly chain: string
  /** 0 in the hook's own chain, 1 in a chain that it jumped to, and so on. */
  readonly depth: number
  /** As `-A CHAIN …`; absent for the end of a chain, a policy, and rules that only nft knows. */
  readonly rule?: string
  /** What came of it: `accept`, `drop`, `reject`, `jump CHAIN`, `goto CHAIN`, `return`, `continue`, `policy accept`, … */
  readonly action: string
  /** What the rule changed of the packet. */
  readonly rewrite?: Rewrite
}

export interface Rewrite {
  readonly before: Tuple
  readonly after: Tuple
}

export interface HookPassage {
  readonly hook: NetfilterHook
  readonly entered: Tuple
  readonly left: Tuple
  readonly rules: readonly RuleStep[]
  readonly mark?: string
  /** The packet came to the end of the hook: nothing there dropped it. */
  readonly passed: boolean
}

/** What the host's routing tables say of the packet as it was when it was routed. */
export interface RouteDecision {
  /** The route, or the error, as ip-route(8) words it. */
  readonly text: string
  /** `false` when there is no way: unreachable, prohibited, from an address that cannot come in there. */
  readonly found: boolean
  readonly device?: string
  readonly gateway?: string
  readonly table?: string
  /** The rule of `ip rule` that leads to a table other than main and local. */
  readonly rule?: string
}

/** What a WireGuard device did with the packet. */
export interface Encryption {
  readonly device: string
  /** Public key of the peer whose allowed IPs hold the destination; absent when none does. */
  readonly peer?: string
  readonly endpoint?: string
}

/** One packet on one host: from where it came in, or was made, to where it left or ended. */
export interface Passage {
  readonly host: string
  readonly inInterface?: string
  readonly outInterface?: string
  readonly entered: Tuple
  readonly left: Tuple
  readonly hooks: readonly HookPassage[]
  readonly route?: RouteDecision
  /** Where the packet was not routed: what of the host's settings can be the reason. */
  readonly settings?: readonly { readonly name: string; readonly value: string }[]
  readonly encryption?: Encryption
  /** The encrypted packet in which this one left, as the host sent it. */
  readonly outer?: Tuple & { readonly length: number }
}

/** One connection's first packet from host to host. A proxy on the way ends one leg and begins the next. */
export interface Leg {
  readonly title: string
  readonly passages: readonly Passage[]
}

export type EndingKind =
  | 'delivered'
  | 'proxied'
  | 'dropped'
  | 'rejected'
  | 'no-route'
  | 'not-forwarded'
  | 'lost'
  | 'never-sent'

/** Where the packet ended, and what decided it. */
export interface Ending {
  readonly kind: EndingKind
  readonly host: string
  /** One sentence. */
  readonly text: string
  readonly decidedBy?: { readonly table: string; readonly chain: string; readonly rule?: string }
}

export interface Explanation {
  readonly schemaVersion: 1
  readonly question: {
    readonly from: string
    /** As asked: a name or an address. */
    readonly to: string
    readonly address: string
    readonly port?: number
    readonly protocol: ExplainedProtocol
  }
  readonly outcome: { readonly outcome: Outcome; readonly detail: string }
  readonly legs: readonly Leg[]
  readonly ending: Ending
  /** The way of the answer, when one was sent. */
  readonly answer?: Leg
  readonly durationMs: number
}
