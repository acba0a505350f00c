import { invalidInput } from '../src/errors.ts'
import { goQuote } from './go-quote.ts'

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const maxNanoseconds = 2n ** 63n - 1n

/**
 * Reads a duration as Go's `time.ParseDuration` does: `5s`, `1h30m`, `1.5h`, `-2ms`, `0`.
 * @returns nanoseconds.
 * @throws PacketproofError E_INVALID_INPUT with Go's own wording, for instance `time: missing unit in duration "5"`.
 */
export function parseGoDuration(text: string): bigint {
  const negative = text.startsWith('-')
  let rest = negative || text.startsWith('+') ? text.slice(1) : text
  if (rest === '0') return 0n
  if (rest === '') throw notADuration(text)
  let total = 0n
  while (rest !== '') {
    const [number, whole = '', fraction] = /^(\d*)(?:\.(\d*))?/.exec(rest) ?? []
    if (number === undefined || (whole === '' && (fraction ?? '') === '')) throw notADuration(text)
    rest = rest.slice(number.length)
    const unit = /^[^.\d]*/.exec(rest)?.[0] ?? ''
    if (unit === '') throw invalidInput(`time: missing unit in duration ${goQuote(text)}`)
    const scale = unitNanoseconds[unit]
    if (scale === undefined) throw invalidInput(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`)
    rest = rest.slice(unit.length)
    total += BigInt(whole === '' ? 0 : whole) * scale + fractionOf(fraction ?? '', scale)
    if (total > maxNanoseconds + (negative ? 1n : 0n)) throw notADuration(text)
  }
  return negative ? -total : total
}

function fractionOf(digits: string, scale: bigint): bigint {
  return digits === '' ? 0n : (BigInt(digits) * scale) / 10n ** BigInt(digits.length)
}

function notADuration(text: string): Error {
  return invalidInput(`time: invalid duration ${goQuote(text)}`)
}

/** Writes nanoseconds as Go's `Duration.String` does: `1m0s`, `1h30m0s`, `1.5s`, `300ms`, `0s`. */
export function formatGoDuration(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${formatGoDuration(-nanoseconds)}`
  if (nanoseconds === 0n) return '0s'
  if (nanoseconds < 1_000n) return `${nanoseconds}ns`
  if (nanoseconds < 1_000_000n) return `${decimal(nanoseconds, 1_000n)}\u00b5s`
  if (nanoseconds < 1_000_000_000n) return `${decimal(nanoseconds, 1_000_000n)}ms`
  const hours = nanoseconds / 3_600_000_000_000n
  const minutes = (nanoseconds / 60_000_000_000n) % 60n
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 1_000_000_000n)}s`
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`
  return minutes > 0n ? `${minutes}m${seconds}` : seconds
}

function decimal(value: bigint, scale: bigint): string {
  const digits = String(value % scale)
    .padStart(String(scale).length - 1, '0')
    .replace(/0+$/, '')
  return digits === '' ? String(value / scale) : `${value / scale}.${digits}`
}
