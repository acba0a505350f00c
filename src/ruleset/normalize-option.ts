import { normalizeAddress } from './normalize-address.ts'
import type { RuleOption } from './parse-spec.ts'
import { portNumber } from './service-names.ts'

const aliases: Readonly<Record<string, string>> = {
  'source-port': 'sport',
  'destination-port': 'dport',
  'source-ports': 'sports',
  'destination-ports': 'dports',
}

const addressOptions = new Set(['ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'])
const setOptions = new Set([
  'ctstate',
  'state',
  'ctstatus',
  'src-type',
  'dst-type',
  'ctevents',
  'expevents',
  'icmp-type',
])
const portOptions = new Set(['sport', 'dport'])
const portLists = new Set(['sports', 'dports', 'ports'])
const fullMask = '0xffffffff'

/** What an option is when it is not given; iptables-save states some of them. */
const defaults = new Set([
  'limit limit-burst 5',
  'connlimit connlimit-mask 32',
  'connlimit connlimit-mask 128',
  'connlimit connlimit-saddr',
  'recent rsource',
  'recent name DEFAULT',
  'recent mask 255.255.255.255',
  'recent mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  'LOG log-level 4',
  'LOG log-level warning',
  'LOG log-level warn',
  'NFLOG nflog-group 0',
  'TPROXY on-ip 0.0.0.0',
  'TPROXY on-ip ::',
])

/** syslog(3) */
const logLevels: Readonly<Record<string, string>> = {
  emerg: '0',
  panic: '0',
  alert: '1',
  crit: '2',
  err: '3',
  error: '3',
  notice: '5',
  info: '6',
  debug: '7',
}

const icmpTypes: Readonly<Record<string, string>> = {
  'echo-reply': '0',
  pong: '0',
  'destination-unreachable': '3',
  'fragmentation-needed': '3/4',
  'echo-request': '8',
  ping: '8',
  'time-exceeded': '11',
}

const icmp6Types: Readonly<Record<string, string>> = {
  'destination-unreachable': '1',
  'packet-too-big': '2',
  'echo-request': '128',
  'echo-reply': '129',
  'router-solicitation': '133',
  'router-advertisement': '134',
  'neighbour-solicitation': '135',
  'neighbor-solicitation': '135',
  'neighbour-advertisement': '136',
  'neighbor-advertisement': '136',
}

/**
 * An option as `NAME=VALUE` in its one normal form, or undefined when it states a default.
 * @param owner the match or the target that has it.
 */
export function normalizeOption(owner: string, option: RuleOption): string | undefined {
  const name = aliases[option.name] ?? option.name
  const values = option.values
  const first = values[0] ?? ''
  const bang = option.negated ? '!' : ''
  const one = (value: string, as = name): string => `${bang}${as}=${value}`

  if (name === 'syn') return one('FIN,RST,SYN,ACK:SYN'.split(':').map(sortList).join(' '), 'tcp-flags')
  if (name === 'tcp-flags') return one(values.map(sortList).join(' '))
  if (name === 'state') return one(sortList(first), 'ctstate')
  if (name === 'icmp-type') return one(icmpTypes[first] ?? first)
  if (name === 'icmpv6-type') return one(icmp6Types[first] ?? first)
  if (setOptions.has(name)) return one(sortList(first))
  if (addressOptions.has(name)) return one(normalizeAddress(first))
  if (portOptions.has(name)) return one(normalizePorts(first))
  if (portLists.has(name)) return one(first.split(',').map(normalizePorts).join(','))
  if (name === 'log-level') return one(logLevels[first] ?? first)
  if (name === 'probability') return one(normalizeProbability(first))
  if (name === 'limit') return one(normalizeRate(first))
  if (defaults.has(`${owner} ${[name, ...values].join(' ')}`)) return undefined
  if (name === 'mark' || name === 'tproxy-mark') return one(normalizeMark(first))
  if (name === 'reject-with') return normalizeReject(first)
  if (owner === 'MARK' || owner === 'CONNMARK') return normalizeMarkTarget(name, first)
  return values.length === 0 ? `${bang}${name}` : one(values.map((value) => JSON.stringify(value)).join(' '))
}

function sortList(text: string): string {
  return text.toUpperCase().split(',').sort().join(',')
}

function normalizePorts(text: string): string {
  const [from = '', to] = text.split(':').map(portNumber)
  if (to === undefined) return from
  const low = from === '' ? '0' : from
  const high = to === '' ? '65535' : to
  return low === high ? low : `${low}:${high}`
}

/** The kernel keeps 31 bits of it (xt_statistic): 0.469292562840114 and 0.46929256292 are the same. */
function normalizeProbability(text: string): string {
  const value = Number(text)
  return Number.isFinite(value) ? `${Math.round(value * 2 ** 31)}/2^31` : text
}

function normalizeRate(text: string): string {
  return text.replace(/\/(s|m|h|d)\w*$/i, (_, unit: string) => `/${unit.toLowerCase()}`)
}

function hex(text: string): string {
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? `0x${(BigInt(text) & 0xffff_ffffn).toString(16)}` : text
}

function normalizeMark(text: string): string {
  const [value, mask] = text.split('/')
  const maskHex = hex(mask ?? fullMask)
  return maskHex === fullMask ? hex(value ?? '') : `${hex(value ?? '')}/${maskHex}`
}

/** All ways to set a mark are `new = (old & ~mask) ^ value`, which is how iptables-save prints them. */
function normalizeMarkTarget(name: string, text: string): string | undefined {
  const [valueText = '0', maskText = fullMask] = text.split('/')
  const value = number(valueText)
  const mask = number(maskText)
  const xset = (v: bigint, m: bigint): string => `set-xmark=0x${v.toString(16)}/0x${m.toString(16)}`
  switch (name) {
    case 'set-xmark':
      return xset(value, mask)
    case 'set-mark':
      return xset(value, mask | value)
    case 'or-mark':
      return xset(value, value)
    case 'xor-mark':
      return xset(value, 0n)
    case 'and-mark':
      return xset(0n, ~value & 0xffff_ffffn)
    case 'nfmask':
    case 'ctmask':
    case 'mask':
      if (value === 0xffff_ffffn) return undefined
      return name === 'mask' ? `ctmask=${hex(text)} nfmask=${hex(text)}` : `${name}=${hex(text)}`
    default:
      return name
  }
}

function number(text: string): bigint {
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? BigInt(text) & 0xffff_ffffn : 0n
}

function normalizeReject(text: string): string | undefined {
  const name = text
    .replace('unreach', 'unreachable')
    .replace('unreachableable', 'unreachable')
    .replace('tcp-rst', 'tcp-reset')
  return ['icmp-port-unreachable', 'port-unreachable', 'icmp6-port-unreachable'].includes(name)
    ? undefined
    : `reject-with=${name}`
}
