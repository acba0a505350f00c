import type { Rule } from './rule.ts'

export interface RulePair {
  readonly before?: Rule
  readonly after?: Rule
  /** Both are there, but the order among the rules that stayed is another. */
  readonly moved: boolean
}

/**
 * Finds for each rule of a chain the same rule in another listing of it. Rules are the same when their meaning is; the
 * n-th of several duplicates belongs to the n-th. In the order of `after`, then what was removed.
 */
export function pairRules(before: readonly Rule[], after: readonly Rule[]): RulePair[] {
  const partners = new Map<Rule, Rule>()
  // equal texts first: it is the usual case, and comparing meanings costs twenty times more
  matchBy(before, after, partners, ({ spec }) => spec)
  if (partners.size < Math.min(before.length, after.length)) {
    const taken = new Set(partners.values())
    matchBy(
      before.filter((rule) => !taken.has(rule)),
      after.filter((rule) => !partners.has(rule)),
      partners,
      ({ identity }) => identity,
    )
  }
  const stayed = inOrder(after.map((rule) => partners.get(rule)?.index))
  const pairs = after.map((rule, index): RulePair => {
    const partner = partners.get(rule)
    return partner === undefined
      ? { after: rule, moved: false }
      : { before: partner, after: rule, moved: !stayed.has(index) }
  })
  const kept = new Set(partners.values())
  const removed = before.filter((rule) => !kept.has(rule))
  return [...pairs, ...removed.map((rule) => ({ before: rule, moved: false }))]
}

function matchBy(
  before: readonly Rule[],
  after: readonly Rule[],
  partners: Map<Rule, Rule>,
  keyOf: (rule: Rule) => string,
): void {
  const waiting = new Map<string, Rule[]>()
  for (const rule of before.toReversed()) {
    const key = keyOf(rule)
    const same = waiting.get(key)
    if (same === undefined) waiting.set(key, [rule])
    else same.push(rule)
  }
  for (const rule of after) {
    const partner = waiting.get(keyOf(rule))?.pop()
    if (partner !== undefined) partners.set(rule, partner)
  }
}

/** Places of a longest increasing subsequence: what is not among them has moved. Undefined entries take no part. */
function inOrder(values: readonly (number | undefined)[]): Set<number> {
  const tails: number[] = []
  const previous = new Map<number, number | undefined>()
  values.forEach((value, place) => {
    if (value === undefined) return
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((values[tails[middle] ?? 0] ?? 0) < value) low = middle + 1
      else high = middle
    }
    previous.set(place, low > 0 ? tails[low - 1] : undefined)
    tails[low] = place
  })
  const places = new Set<number>()
  for (let place = tails.at(-1); place !== undefined; place = previous.get(place)) places.add(place)
  return places
}
