import { isJsonObject, type Json } from '../wire.ts'

/**
 * Puts a merged list into the order of a `$setElementOrder` directive. Items that the directive does not name keep their
 * place relative to their neighbours.
 */
export function applyListOrder(list: readonly Json[], order: readonly Json[], mergeKey: string | undefined): Json[] {
  const keyOf = (item: Json): Json | undefined => (mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item)
  const rank = new Map(order.map((item, index) => [keyOf(item), index]))
  const named = list.filter((item) => rank.has(keyOf(item)))
  named.sort((a, b) => (rank.get(keyOf(a)) ?? 0) - (rank.get(keyOf(b)) ?? 0))
  const result: Json[] = []
  let lastRank = -1
  for (const item of list) {
    const itemRank = rank.get(keyOf(item))
    if (itemRank === undefined) result.push(item)
    else {
      while (named.length > 0 && (rank.get(keyOf(named[0] ?? null)) ?? 0) <= Math.max(itemRank, lastRank)) {
        const next = named.shift()
        if (next !== undefined) result.push(next)
      }
      lastRank = Math.max(lastRank, itemRank)
    }
  }
  return [...result, ...named]
}
