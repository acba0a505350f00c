import type { HashedRule } from '../render/felix-rule.ts'
import type { KernelRule } from './kernel-rules.ts'
import { meansTheSame } from './rule-meaning.ts'

/**
 * The commands that make of a chain's rules those that are wanted, by number; the rules that stay keep their counters.
 * @param textOf the kernel's text of a rule as it was when it was right, if that is known: somebody may have changed the rule and
 * kept the comment
 */
export function editChain(
  chain: string,
  present: readonly KernelRule[],
  wanted: readonly HashedRule[],
  textOf: (hash: string) => string | undefined,
): string[] {
  if (present.length === 0) return wanted.map(({ spec }) => `-A ${chain} ${spec}`)
  const isRight = (rule: KernelRule | undefined, want: HashedRule | undefined): boolean => {
    if (rule?.hash === undefined || rule.hash !== want?.hash) return false
    const known = textOf(rule.hash)
    return known === undefined ? meansTheSame(rule.text, want.spec) : known === rule.text
  }
  const kept = longestCommon(present, wanted, isRight)
  const stays = new Set(kept.map(([at]) => at))
  const isThere = new Set(kept.map(([, at]) => at))
  const deletions = present.flatMap((_, at) => (stays.has(at) ? [] : [`-D ${chain} ${at + 1}`])).reverse()
  const insertions = wanted.flatMap(({ spec }, at) => (isThere.has(at) ? [] : [`-I ${chain} ${at + 1} ${spec}`]))
  return [...deletions, ...insertions]
}

/** Pairs of positions of the longest sequence that both have, in order. */
function longestCommon(
  present: readonly KernelRule[],
  wanted: readonly HashedRule[],
  isRight: (rule: KernelRule | undefined, want: HashedRule | undefined) => boolean,
): (readonly [number, number])[] {
  let start = 0
  while (start < present.length && start < wanted.length && isRight(present[start], wanted[start])) start += 1
  let end = 0
  const room = Math.min(present.length, wanted.length) - start
  while (end < room && isRight(present[present.length - 1 - end], wanted[wanted.length - 1 - end])) end += 1
  const head = Array.from({ length: start }, (_, at) => [at, at] as const)
  const tail = Array.from({ length: end }, (_, at) => [present.length - end + at, wanted.length - end + at] as const)
  const middle = commonOfMiddle(
    present.slice(start, present.length - end),
    wanted.slice(start, wanted.length - end),
    isRight,
  ).map(([a, b]) => [a + start, b + start] as const)
  return [...head, ...middle, ...tail]
}

/** Beyond this many pairs a table of lengths is not worth its memory: hashes are chained, and little is common after a change. */
const largestTable = 4_000_000

function commonOfMiddle(
  present: readonly KernelRule[],
  wanted: readonly HashedRule[],
  isRight: (rule: KernelRule | undefined, want: HashedRule | undefined) => boolean,
): (readonly [number, number])[] {
  if (present.length * wanted.length > largestTable) return []
  const width = wanted.length + 1
  const lengths = new Uint32Array((present.length + 1) * width)
  const at = (a: number, b: number): number => lengths[a * width + b] ?? 0
  for (let a = present.length - 1; a >= 0; a -= 1) {
    for (let b = wanted.length - 1; b >= 0; b -= 1) {
      lengths[a * width + b] = isRight(present[a], wanted[b])
        ? at(a + 1, b + 1) + 1
        : Math.max(at(a + 1, b), at(a, b + 1))
    }
  }
  const pairs: (readonly [number, number])[] = []
  for (let a = 0, b = 0; a < present.length && b < wanted.length; ) {
    if (isRight(present[a], wanted[b])) pairs.push([a++, b++])
    else if (at(a + 1, b) >= at(a, b + 1)) a += 1
    else b += 1
  }
  return pairs
}
