import type { TablePlan } from '../plan/plan-node.ts'
import { type HashedRule, hashRules } from '../render/felix-rule.ts'
import type { KernelChain } from '../render/static-chains.ts'
import { editChain } from './edit-chain.ts'
import { isOwnChain, type KernelRule, type KernelTable } from './kernel-rules.ts'

/** The kernel's text of a rule as it was when it was right, by chain and hash. */
export type KnownText = (chain: string, hash: string) => string | undefined

/**
 * What is still to be done in one table, for iptables-restore --noflush; empty when nothing is. One transaction: a packet sees all of
 * it or nothing.
 */
export function tablePayload(plan: TablePlan, present: KernelTable, known: KnownText): string {
  const wanted = new Map(plan.chains.map(({ name, rules }) => [name, hashRules(rules, name)]))
  const fresh = [...wanted.keys()].filter((name) => !present.has(name))
  const stale = [...present.keys()].filter((name) => isOwnChain(name) && !wanted.has(name))
  const edits = [...wanted].flatMap(([name, rules]) =>
    editChain(name, present.get(name) ?? [], rules, (hash) => known(name, hash)),
  )
  const jumps = plan.kernelChains.flatMap((chain) => kernelChainEdits(chain, present.get(chain.name) ?? []))
  const lines = [
    ...fresh.map((name) => `:${name} - [0:0]`),
    ...edits,
    ...jumps,
    ...stale.map((name) => `-F ${name}`),
    ...stale.map((name) => `-X ${name}`),
  ]
  return lines.length === 0 ? '' : `*${plan.table}\n${lines.join('\n')}\nCOMMIT\n`
}

/** Felix's rules at the beginning and at the end of a kernel's chain; those of others stay between them. */
function kernelChainEdits({ name, inserted, appended }: KernelChain, present: readonly KernelRule[]): string[] {
  const first = hashRules(inserted, name)
  const last = hashRules(appended, `${name}*appends*`)
  const areFirst = isHere(present.slice(0, first.length), first)
  const areLast = last.length === 0 || isHere(present.slice(-last.length), last)
  const own = present.flatMap(({ hash }, at) => (hash === undefined ? [] : [at]))
  if (areFirst && areLast && own.length === first.length + last.length) return []
  return [
    ...own.reverse().map((at) => `-D ${name} ${at + 1}`),
    ...first.map(({ spec }, at) => `-I ${name} ${at + 1} ${spec}`),
    ...last.map(({ spec }) => `-A ${name} ${spec}`),
  ]
}

function isHere(rules: readonly KernelRule[], wanted: readonly HashedRule[]): boolean {
  return rules.length === wanted.length && wanted.every(({ hash }, at) => rules[at]?.hash === hash)
}

/** Takes everything of Felix's out of a table; empty when there is nothing. */
export function removalPayload(table: string, present: KernelTable): string {
  const own = [...present.keys()].filter(isOwnChain)
  const jumps = [...present]
    .filter(([name]) => !isOwnChain(name))
    .flatMap(([name, rules]) =>
      rules.flatMap(({ hash }, at) => (hash === undefined ? [] : [`-D ${name} ${at + 1}`])).reverse(),
    )
  const lines = [...jumps, ...own.map((name) => `-F ${name}`), ...own.map((name) => `-X ${name}`)]
  return lines.length === 0 ? '' : `*${table}\n${lines.join('\n')}\nCOMMIT\n`
}
