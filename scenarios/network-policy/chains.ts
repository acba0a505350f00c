import { createHash } from 'node:crypto'
import { findChain, type Rule, type Ruleset, rulesOf } from '../../src/index.ts'
import type { Dialect } from './world.ts'

/** The bits of the mark, and how a tier's beginning and end are called. */
export const DIALECTS: Readonly<Record<Dialect, { accept: number; pass: number; start: string; end: string }>> = {
  'v2.5': {
    accept: 0x1000000,
    pass: 0x2000000,
    start: 'Start of policies',
    end: 'Drop if no policies passed packet',
  },
  'v3.32': {
    accept: 0x10000,
    pass: 0x20000,
    start: 'Start of tier default',
    end: 'End of tier default. Drop if no policies passed packet',
  },
}

/** The node's end of a pod's veth, after the pod's name. */
export function interfaceOf(pod: string): string {
  return `cali${createHash('sha1').update(pod.replace('/', '.')).digest('hex').slice(0, 11)}`
}

/** To the pod (`tw`), or from it (`fw`). */
export function chainOf(pod: string, direction: 'tw' | 'fw'): string {
  return `cali-${direction}-${interfaceOf(pod)}`
}

export function rulesOfChain(ruleset: Ruleset, chain: string): readonly Rule[] {
  return findChain(ruleset, 'filter', chain)?.rules ?? []
}

/** The chains of policies that a pod's chain jumps to. */
export function policyChains(ruleset: Ruleset, chain: string): readonly string[] {
  const targets = rulesOfChain(ruleset, chain).flatMap(({ target }) => (target === undefined ? [] : [target]))
  return targets.filter((target) => /^cali-[pg][io]-/.test(target))
}

/** The hash comments of a chain's rules, first to last. */
export function hashesOf(rules: readonly Rule[]): readonly string[] {
  return rules.map(({ spec }) => /cali:([\w-]{16})/.exec(spec)?.[1] ?? 'none')
}

/** The names of all chains of filter that begin so. */
export function chainsNamed(ruleset: Ruleset, prefix: string): readonly string[] {
  const names = ruleset.tables.flatMap(({ name, chains }) =>
    name === 'filter' ? chains.map((chain) => chain.name) : [],
  )
  return names.filter((name) => name.startsWith(prefix))
}

/** Rules anywhere that lead to the chain. */
export function rulesTo(ruleset: Ruleset, chain: string): readonly Rule[] {
  return [...rulesOf(ruleset)].filter(({ target }) => target === chain)
}
