import { hookTablePrefix, type NetfilterHook } from '../ruleset/hook-trace.ts'
import type { Trace, TracedPacket, TraceHop } from '../ruleset/trace.ts'
import type { HookPassage, Passage, Rewrite, RuleStep, Tuple } from './explanation.ts'

/** A passage with what is needed to tell which packet it is of. */
export interface TracedPassage extends Passage {
  /** What NAT and forwarding leave alone: IPv4's identification or IPv6's flow label. */
  readonly identity: string
  readonly length: number
  /** A TCP SYN that is not an answer. */
  readonly isSyn: boolean
  readonly hasTcpFlags: boolean
  readonly ttl: number
  /** When it was traced, among the packets of its host. */
  readonly order: number
}

const builtinHooks: Readonly<Record<string, NetfilterHook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
}

/** What one host's hook trace says, a passage for each packet. The kernel uses a trace id again once a packet is gone. */
export function readPassages(host: string, traces: readonly Trace[]): TracedPassage[] {
  return traces.flatMap(({ hops }) => splitPackets(hops)).map((hops, order) => passageOf(host, hops, order))
}

function isSentinel({ table }: TraceHop): boolean {
  return table.startsWith(hookTablePrefix)
}

function splitPackets(hops: readonly TraceHop[]): TraceHop[][] {
  const packets: TraceHop[][] = []
  for (const hop of hops) {
    const begins = isSentinel(hop) && hop.kind === 'rule'
    const isMarkedTwice = begins && packets.at(-1)?.length === 1 && packets.at(-1)?.[0]?.chain === hop.chain
    if (begins && !isMarkedTwice) packets.push([hop])
    // Whatever precedes the first mark was marked by somebody else's trace.
    else if (!begins) packets.at(-1)?.push(hop)
  }
  return packets
}

function passageOf(host: string, hops: readonly TraceHop[], order: number): TracedPassage {
  const [first] = hops
  if (first === undefined) throw new Error('a passage has at least one hop')
  const { fields, inInterface } = first.packet
  const hooks = hooksOf(hops)
  const packets = hops.map(({ packet }) => packet)
  const outInterface = packets.findLast((packet) => packet.outInterface !== undefined)?.outInterface
  return {
    host,
    ...(inInterface !== undefined && { inInterface }),
    ...(outInterface !== undefined && { outInterface }),
    entered: tupleOf(first.packet),
    left: tupleOf(packets.at(-1) ?? first.packet),
    hooks,
    identity: fields['ID'] ?? fields['FLOWLBL'] ?? '0',
    length: Number(fields['LEN'] ?? 0),
    isSyn: fields['SYN'] !== undefined && fields['ACK'] === undefined,
    hasTcpFlags: ['SYN', 'ACK', 'RST', 'FIN'].some((flag) => fields[flag] !== undefined),
    ttl: Number(fields['TTL'] ?? fields['HOPLIMIT'] ?? 0),
    order,
  }
}

interface OpenHook {
  readonly hook: NetfilterHook
  readonly entered: Tuple
  readonly rules: RuleStep[]
  left: Tuple
  mark: string | undefined
  sawEnd: boolean
}

function hooksOf(hops: readonly TraceHop[]): HookPassage[] {
  const hooks: OpenHook[] = []
  let stack: string[] = []
  for (const [index, hop] of hops.entries()) {
    const current = enterHook(hooks, hop)
    if (current === undefined) continue
    current.left = tupleOf(hop.packet)
    current.mark = hop.packet.mark ?? current.mark
    if (isSentinel(hop)) {
      current.sawEnd ||= hop.kind === 'policy' && endsOfHooks.has(current.hook)
      continue
    }
    stack = enterChain(stack, hop.chain)
    current.rules.push(stepOf(hop, hops[index + 1]?.packet ?? hop.packet, stack.length - 1))
  }
  return hooks.map(({ hook, entered, left, rules, mark, sawEnd }, index) => {
    const next = hooks[index + 1]
    return {
      hook,
      entered,
      left: next?.entered ?? left,
      rules,
      ...(mark !== undefined && { mark }),
      passed: sawEnd || next !== undefined,
    }
  })
}

/** Where the table's own chain comes last; in the other hooks it comes first. */
const endsOfHooks: ReadonlySet<NetfilterHook> = new Set(['input', 'forward', 'postrouting'])

function enterHook(hooks: OpenHook[], hop: TraceHop): OpenHook | undefined {
  const hook = isSentinel(hop) ? (hop.chain as NetfilterHook) : builtinHooks[hop.chain]
  const current = hooks.at(-1)
  if (hook === undefined || current?.hook === hook) return current
  const tuple = tupleOf(hop.packet)
  const entered: OpenHook = { hook, entered: tuple, rules: [], left: tuple, mark: undefined, sawEnd: false }
  hooks.push(entered)
  return entered
}

/** The chains that are open once a rule of this one is met: a chain that is open already has been returned to. */
function enterChain(stack: readonly string[], chain: string): string[] {
  if (builtinHooks[chain] !== undefined) return [chain]
  const depth = stack.lastIndexOf(chain)
  return depth < 0 ? [...stack, chain] : stack.slice(0, depth + 1)
}

function stepOf(hop: TraceHop, after: TracedPacket, depth: number): RuleStep {
  const { table, chain, rule } = hop
  const rewrite = hop.kind === 'rule' ? rewriteOf(tupleOf(hop.packet), tupleOf(after)) : undefined
  return {
    table,
    chain,
    depth,
    ...(rule !== undefined && { rule }),
    action: actionOf(hop),
    ...(rewrite && { rewrite }),
  }
}

function actionOf({ kind, verdict, jumpsTo, rule }: TraceHop): string {
  const word = (verdict ?? kind).toLowerCase()
  if (kind === 'policy') return `policy ${word}`
  if (kind === 'return') return 'return'
  // nft says DROP for a REJECT: the answer is a packet of its own.
  if (rule !== undefined && / -j REJECT\b/.test(rule)) return 'reject'
  return jumpsTo === undefined ? word : `${word} ${jumpsTo}`
}

function tupleOf({ source, destination, sourcePort, destinationPort }: TracedPacket): Tuple {
  return {
    source,
    destination,
    ...(sourcePort !== undefined && { sourcePort }),
    ...(destinationPort !== undefined && { destinationPort }),
  }
}

export function rewriteOf(before: Tuple, after: Tuple): Rewrite | undefined {
  return isSameTuple(before, after) ? undefined : { before, after }
}

export function isSameTuple(one: Tuple, other: Tuple): boolean {
  return (
    one.source === other.source &&
    one.destination === other.destination &&
    one.sourcePort === other.sourcePort &&
    one.destinationPort === other.destinationPort
  )
}
