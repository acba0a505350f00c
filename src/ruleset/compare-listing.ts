import { listingMeaning } from './listing-meaning.ts'
import type { ListingRow } from './parse-listing.ts'
import type { Rule } from './rule.ts'

/** A part of a rule that is not as documented; absent on the side that does not have it. */
export interface ListingDifference {
  /** `destination`, `match comment`, `target options`, … */
  readonly part: string
  readonly documented?: string
  readonly observed?: string
}

/** A documented row beside the rule that stands for it; one of them is absent when the other has no counterpart. */
export interface ComparedRow {
  readonly documented?: ListingRow
  readonly observed?: Rule
  readonly equal: boolean
  readonly differences: readonly ListingDifference[]
}

/** Below this share of equal parts two rules are not shown as one that changed. */
const leastLikeness = 0.3

/**
 * Lines a listing of a document up with observed rules and compares them by meaning, so `all` and `0`, `anywhere` and
 * `0.0.0.0/0`, `link-local/16` and `169.254.0.0/16`, `/32`, and service names make no difference. Interfaces are
 * compared when the listing shows them (`-v`); counters are not compared.
 */
export function compareListing(documented: readonly ListingRow[], observed: readonly Rule[]): ComparedRow[] {
  const rows = documented.map((row) => ({ row, meaning: listingMeaning(row) }))
  const rules = observed.map((rule) => ({ rule, meaning: rule.meaning }))
  const differences = (at: number, to: number): ListingDifference[] => {
    const row = rows[at]
    const rule = rules[to]
    return row === undefined || rule === undefined ? [] : differencesOf(row.row, row.meaning, rule.meaning)
  }
  const likeness = (at: number, to: number): number => {
    const parts = (rows[at]?.meaning.size ?? 0) + (rules[to]?.meaning.size ?? 0)
    const different = differences(at, to).reduce((sum, { documented: a, observed: b }) => sum + (a && b ? 2 : 1), 0)
    return parts === 0 ? 1 : 1 - different / parts
  }
  return align(rows.length, rules.length, likeness).map(([at, to]): ComparedRow => {
    const found = at !== undefined && to !== undefined ? differences(at, to) : []
    const row = at === undefined ? undefined : rows[at]?.row
    const rule = to === undefined ? undefined : rules[to]?.rule
    return {
      ...(row === undefined ? {} : { documented: row }),
      ...(rule === undefined ? {} : { observed: rule }),
      equal: row !== undefined && rule !== undefined && found.length === 0,
      differences: found,
    }
  })
}

type Meaning = ReadonlyMap<string, string>

function differencesOf(row: ListingRow, documented: Meaning, observed: Meaning): ListingDifference[] {
  const hidden = row.inInterface === undefined ? ['in', 'out'] : []
  const parts = new Set([...documented.keys(), ...observed.keys()])
  return [...parts]
    .filter((part) => !hidden.includes(part) && documented.get(part) !== observed.get(part))
    .map((part) => {
      const left = documented.get(part)
      const right = observed.get(part)
      return {
        part,
        ...(left === undefined ? {} : { documented: left }),
        ...(right === undefined ? {} : { observed: right }),
      }
    })
}

/** The order-keeping pairing with the greatest total likeness; equal pairs win over any number of similar ones. */
function align(
  rows: number,
  columns: number,
  likeness: (row: number, column: number) => number,
): [row: number | undefined, column: number | undefined][] {
  const score = (row: number, column: number): number => {
    const value = likeness(row, column)
    return value === 1 ? 2 : value >= leastLikeness ? value : -1
  }
  const scores = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_unused, column) => score(row, column)),
  )
  const best = Array.from({ length: rows + 1 }, () => new Float64Array(columns + 1))
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      const skip = Math.max(at(best, row + 1, column), at(best, row, column + 1))
      const pair = at(scores, row, column)
      const line = best[row]
      if (line !== undefined) line[column] = pair > 0 ? Math.max(skip, pair + at(best, row + 1, column + 1)) : skip
    }
  }
  const pairs: [number | undefined, number | undefined][] = []
  let row = 0
  let column = 0
  while (row < rows || column < columns) {
    const pair = at(scores, row, column)
    if (row < rows && column < columns && pair > 0 && at(best, row, column) === pair + at(best, row + 1, column + 1)) {
      pairs.push([row++, column++])
    } else if (row < rows && (column >= columns || at(best, row, column) === at(best, row + 1, column))) {
      pairs.push([row++, undefined])
    } else {
      pairs.push([undefined, column++])
    }
  }
  return pairs
}

function at(grid: readonly ArrayLike<number>[], row: number, column: number): number {
  return grid[row]?.[column] ?? 0
}
