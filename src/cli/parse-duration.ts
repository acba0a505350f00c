import { PacketproofError } from '../errors.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/**
 * Reads `90s`, `10m`, `1h30m`, `500ms`; a bare number counts seconds. More than nothing, and at most what a timer can hold.
 * @param place what the text was given for, for the error.
 * @throws PacketproofError E_USAGE
 */
export function parseDurationMs(text: string, place: string): number {
  const normal = /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text
  const parts = [...normal.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0)
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === normal
  if (isWhole && total > 0 && total <= 2 ** 31 - 1) return total
  throw new PacketproofError('E_USAGE', `${place} "${text}": expected a time such as 90s, 10m or 1h30m`)
}
