import { isEveryAddress, normalizeAddress } from './normalize-address.ts'
import { normalizeOption } from './normalize-option.ts'
import { normalizeProtocol } from './normalize-protocol.ts'
import type { Negatable, ParsedSpec, RuleMatch, RuleOption } from './parse-spec.ts'

/** Matches that do nothing by themselves: iptables adds them for the protocol's options. */
const protocolMatches = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp', 'icmp6', 'icmpv6', 'esp', 'ah', 'mh'])

/**
 * What a rule means, as one line. Equal for the ways to write the same rule: option order, the place of the comment,
 * `/32`, protocol names and numbers, an implied `-m tcp`, `--syn`, `--set-mark` and `--set-xmark`, `-m state` and
 * `-m conntrack --ctstate`, stated defaults, quoting, and how exactly a probability is written.
 */
export function identityOf(spec: ParsedSpec): string {
  return [...meaningOf(spec)].map(([key, value]) => (value === '' ? key : `${key} ${value}`)).join(' | ')
}

/** The parts of a rule's meaning by name, sorted; parts that match everything are left out. */
export function meaningOf(spec: ParsedSpec): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  const add = (key: string, field: Negatable | undefined, normal: string | undefined): void => {
    if (field !== undefined && normal !== undefined) parts.set(key, field.negated ? `!${normal}` : normal)
  }
  add('source', spec.source, addressOf(spec.source))
  add('destination', spec.destination, addressOf(spec.destination))
  add('protocol', spec.protocol, protocolOf(spec.protocol))
  add('in', spec.inInterface, interfaceOf(spec.inInterface))
  add('out', spec.outInterface, interfaceOf(spec.outInterface))
  add('fragment', spec.fragment, 'yes')
  for (const [module, texts] of matchTexts(spec.matches)) parts.set(`match ${module}`, texts.sort().join(' & '))
  if (spec.target === 'NOTRACK') {
    parts.set('jump', 'CT').set('target options', 'notrack')
  } else if (spec.target !== undefined) {
    parts.set(spec.goto ? 'goto' : 'jump', spec.target)
    const options = optionTexts(spec.target, spec.targetOptions)
    if (options.length > 0) parts.set('target options', options.join(' '))
  }
  return parts
}

function matchTexts(matches: readonly RuleMatch[]): [string, string[]][] {
  const texts = new Map<string, string[]>()
  for (const match of matches) {
    const module = normalModule(match.module)
    const options = optionTexts(module, match.options)
    if (options.length === 0 && protocolMatches.has(module)) continue
    texts.set(module, [...(texts.get(module) ?? []), options.join(' ')])
  }
  return [...texts].sort(([a], [b]) => (a < b ? -1 : 1))
}

function normalModule(module: string): string {
  if (module === 'state') return 'conntrack'
  return module === 'icmpv6' ? 'icmp6' : module
}

function optionTexts(owner: string, options: readonly RuleOption[]): string[] {
  return options
    .map((option) => normalizeOption(owner, option))
    .filter((text) => text !== undefined)
    .sort()
}

function addressOf(field: Negatable | undefined): string | undefined {
  if (field === undefined) return undefined
  const address = field.value.split(',').map(normalizeAddress).join(',')
  return isEveryAddress(address) && !field.negated ? undefined : address
}

function protocolOf(field: Negatable | undefined): string | undefined {
  if (field === undefined) return undefined
  const protocol = normalizeProtocol(field.value)
  return protocol === '0' && !field.negated ? undefined : protocol
}

function interfaceOf(field: Negatable | undefined): string | undefined {
  return field === undefined || (field.value === '+' && !field.negated) ? undefined : field.value
}
