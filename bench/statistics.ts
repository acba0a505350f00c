/**
 * The value below which the given part of the values lies, by linear interpolation between the two nearest ones (type 7 of Hyndman
 * and Fan, as in R and NumPy).
 * @param part from 0 to 1.
 */
export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new RangeError('there is no quantile of nothing')
  if (!(part >= 0 && part <= 1)) throw new RangeError(`a quantile's part is 0 to 1, not ${part}`)
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * part
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** What one more costs, when `many` of them took `manyMs` and `few` took `fewMs`. */
export function marginal(few: number, fewMs: number, many: number, manyMs: number): number {
  return (manyMs - fewMs) / (many - few)
}
