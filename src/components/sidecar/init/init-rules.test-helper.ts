import { buildInitRules, type InitRules, type PodFacts } from './build-rules.ts'
import type { InitOptions } from './init-options.ts'
import { readFlags } from './read-flags.ts'
import { readInitOptions } from './read-options.ts'
import { type IpFamily, renderRestore } from './rule-builder.ts'

export const noServers: PodFacts = { hasIpv6: false, dnsServers: { 4: [], 6: [] } }

export function optionsOf(argv: readonly string[], env: Readonly<Record<string, string>> = {}): InitOptions {
  return readInitOptions(readFlags(argv, env), env, () => undefined)
}

export function rulesOf(
  argv: readonly string[],
  facts: PodFacts = noServers,
  env: Readonly<Record<string, string>> = {},
): InitRules {
  return buildInitRules(optionsOf(argv, env), facts)
}

/** The payload's lines of one table; empty when it has no such table. */
export function tableLines(rules: InitRules, table: string, family: IpFamily = 4): readonly string[] {
  const part = renderRestore(rules[family]).split(`* ${table}\n`)[1] ?? ''
  return part === '' ? [] : (part.split('COMMIT')[0] ?? '').trimEnd().split('\n')
}

/** Those of them that concern one chain. */
export function chainLines(rules: InitRules, table: string, chain: string, family: IpFamily = 4): readonly string[] {
  return tableLines(rules, table, family).filter((line) => new RegExp(`^-[AI] ${chain} `).test(line))
}
