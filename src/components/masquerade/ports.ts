import { goQuote } from '../../../helpers/go-quote.ts'
import { invalidInput } from '../../errors.ts'

/** An inclusive range of ports. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/**
 * Reads the value of `--to-ports`: `N` or `N-M`, separated by commas, without spaces.
 * @throws PacketproofError E_INVALID_INPUT in the words of upstream, except that a port over 65535, which upstream accepts
 * and iptables-restore then refuses in every cycle, is an error here.
 */
export function parsePortRanges(text: string): readonly PortRange[] {
  return text.split(',').map(parsePortRange)
}

function parsePortRange(text: string): PortRange {
  const parts = text.split('-')
  if (parts.length > 2) throw invalidInput(`invalid interval ${goQuote(text)}`)
  const first = atoi(parts[0] ?? '')
  const last = parts[1] === undefined ? first : atoi(parts[1])
  if (first > last) throw invalidInput(`first is greater than last in ${goQuote(text)}`)
  if (last > 65_535) throw invalidInput(`port ${last} is out of range, the highest is 65535`)
  return { first, last }
}

/** Go's `strconv.Atoi`, which takes a plus sign. */
function atoi(text: string): number {
  if (!/^\+?\d+$/.test(text)) throw invalidInput(`strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`)
  return Number(text)
}

export function printPortRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`
}

export interface WeightedPortRange {
  readonly range: PortRange
  /** The chance of this range among those that are left; `undefined` for the last: whatever got there takes it. */
  readonly probability: string | undefined
}

/** Gives every port the same chance: each range gets its part of the ports of this and the later ranges. */
export function weighPortRanges(ranges: readonly PortRange[]): readonly WeightedPortRange[] {
  let left = ranges.reduce((sum, range) => sum + sizeOf(range), 0)
  return ranges.map((range) => {
    const size = sizeOf(range)
    const probability = size === left ? undefined : printFloat(size / left)
    left -= size
    return { range, probability }
  })
}

function sizeOf({ first, last }: PortRange): number {
  return last - first + 1
}

/** The shortest decimal that reads back as the same double, never with an exponent (Go's `FormatFloat(x, 'f', -1, 64)`). */
function printFloat(value: number): string {
  const [digits = '', exponent] = String(value).split('e-')
  if (exponent === undefined) return digits
  return `0.${'0'.repeat(Number(exponent) - 1)}${digits.replace('.', '')}`
}
