import ipaddr from 'ipaddr.js'
import { isAddress } from '../../../../helpers/cidr.ts'
import { PacketproofError } from '../../../errors.ts'

/** A text and where it came from, for messages. */
export interface GivenText {
  readonly text: string
  readonly place: string
}

/** Splits at commas; empty items are dropped, as upstream does. */
export function splitList(text: string): string[] {
  return text.split(',').filter((item) => item !== '')
}

/** One port, 1 to 65535. */
export function readPort(given: GivenText): string {
  if (isPort(given.text)) return given.text
  throw refusal(given, 'expected a port from 1 to 65535')
}

/** Ports, or ranges as iptables writes them (`8000:8010`). */
export function readPorts(given: GivenText): readonly string[] {
  return readList(given, 'a port from 1 to 65535, or a range such as 8000:8010', (item) => {
    const [first = '', last, ...more] = item.split(':')
    if (!isPort(first) || more.length > 0) return false
    return last === undefined || (isPort(last) && Number(first) <= Number(last))
  })
}

/** `*`, or ports. */
export function readPortChoice(given: GivenText): '*' | readonly string[] {
  return given.text === '*' ? '*' : readPorts(given)
}

/** CIDRs as Go's `netip.Prefix` prints them: the address is kept whole, IPv6 is shortened. */
export function readCidrs(given: GivenText): readonly string[] {
  return readList(given, 'a CIDR such as 10.0.0.0/8', isPrefix).map(canonicalPrefix)
}

/** `*`, or CIDRs. */
export function readCidrChoice(given: GivenText): '*' | readonly string[] {
  return given.text === '*' ? '*' : readCidrs(given)
}

export function readInterfaces(given: GivenText): readonly string[] {
  return readList(given, 'the name of an interface (15 characters at most)', (item) => /^[^\s/!"'\\]{1,15}$/.test(item))
}

/** Users or groups: numbers, names, or ranges such as 1000-1999. */
export function readOwners(given: GivenText): readonly string[] {
  return readList(given, 'a number, a name, or a range such as 1000-1999', (item) => {
    const [, first, last] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(item) ?? []
    if (first === undefined) return /^[A-Za-z_][\w.-]*\$?$/.test(item)
    return Math.max(Number(first), Number(last ?? 0)) < 2 ** 32 && Number(first) <= Number(last ?? first)
  })
}

/** A number from 1 up to the limit, in decimal digits. */
export function readNumber(given: GivenText, limit: number): string {
  if (/^\d{1,10}$/.test(given.text) && Number(given.text) >= 1 && Number(given.text) <= limit) return given.text
  throw refusal(given, `expected a number from 1 to ${limit}`)
}

/** What counts as localhost: an IPv4 loopback address with a prefix length of 8 to 32. */
export function readLoopbackCidr(given: GivenText): string {
  const [address = '', length] = given.text.split('/')
  const isLoopback = isPrefix(given.text) && address.startsWith('127.') && Number(length) >= 8
  if (isLoopback) return given.text
  throw refusal(given, 'expected an IPv4 loopback address with a prefix length from 8 to 32, such as 127.0.0.1/32')
}

export function refusal({ place, text }: GivenText, expected: string, hint?: string): PacketproofError {
  return new PacketproofError('E_USAGE', `${place} "${text}": ${expected}`, hint === undefined ? {} : { hint })
}

function readList(given: GivenText, expected: string, isValid: (item: string) => boolean): readonly string[] {
  const items = splitList(given.text)
  const wrong = items.find((item) => !isValid(item))
  if (wrong === undefined) return items
  throw refusal(given, `"${wrong}" is not ${expected}`, hintFor(wrong, items))
}

function hintFor(wrong: string, items: readonly string[]): string | undefined {
  if (/\s/.test(wrong)) return 'a list is separated by commas alone, without spaces'
  if (wrong === '*' && items.length > 1) return '* means all: it stands alone'
  if (/^\d+-\d+$/.test(wrong)) return `a range of ports is written ${wrong.replace('-', ':')}`
  return undefined
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
}

function isPrefix(text: string): boolean {
  const [, address = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  return isAddress(address) && Number(length) <= (address.includes(':') ? 128 : 32)
}

function canonicalPrefix(text: string): string {
  const [address = '', length] = text.split('/')
  if (!address.includes(':')) return text
  const parsed = ipaddr.IPv6.parse(address)
  const mapped = parsed.isIPv4MappedAddress() ? `::ffff:${parsed.toIPv4Address().toString()}` : parsed.toString()
  return `${mapped}/${length}`
}
