import type { Host } from '../../cluster/host.ts'
import { diffRules } from '../../ruleset/diff-rules.ts'
import { findChain, type Ruleset } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { ownedBy } from '../../ruleset/select-rules.ts'
import type { IpFamily } from './rules.ts'

/** The nat table of one node, family and iptables variant. */
export interface NatListing {
  readonly host: Host
  /** `iptables`, `iptables-legacy`, `ip6tables-nft`, …: the command whose `-save` showed the table. */
  readonly command: string
  readonly ruleset: Ruleset
}

const variants = ['', '-nft', '-legacy'] as const

/** The table in which the chain, or a jump to it, is: with the node's default iptables, or else a variant by name. */
export async function findChainOnNode(host: Host, family: IpFamily, chain: string): Promise<NatListing | undefined> {
  for (const variant of variants) {
    if (variant === '-legacy' && !(await hasLegacyNat(host, family))) continue
    const listing = await listNat(host, `${family === 4 ? 'iptables' : 'ip6tables'}${variant}`)
    if (listing === undefined) continue
    const owned = ownedBy(listing.ruleset, { chains: [chain] })
    if (owned.chains.length + owned.jumps.length > 0) return listing
  }
  return undefined
}

/** Asked first because listing a legacy table makes it, and iptables-nft then warns of it in every listing. */
async function hasLegacyNat(host: Host, family: IpFamily): Promise<boolean> {
  const result = await host
    .exec(['cat', `/proc/net/${family === 4 ? 'ip' : 'ip6'}_tables_names`])
    .catch(() => undefined)
  return result?.stdout.split('\n').includes('nat') ?? false
}

async function listNat(host: Host, command: string): Promise<NatListing | undefined> {
  const argv = [`${command}-save`, '-t', 'nat']
  const result = await host.exec(argv).catch(() => undefined)
  if (result === undefined || result.exitCode !== 0) return undefined
  const source = `${host.name}: ${argv.join(' ')}`
  return { host, command, ruleset: parseRuleset(result.stdout, { source, allowEmpty: true }) }
}

/**
 * What a node lacks of the payload, as a noun phrase; `undefined` when the chain has exactly these rules in this order and
 * POSTROUTING leads to it.
 */
export async function missingOnNode(
  host: Host,
  family: IpFamily,
  chain: string,
  payloads: readonly string[],
): Promise<string | undefined> {
  const listing = await findChainOnNode(host, family, chain)
  const name = `IPv${family} nat chain ${chain}`
  if (listing === undefined || findChain(listing.ruleset, 'nat', chain) === undefined) return `the ${name}`
  const { jumps } = ownedBy(listing.ruleset, { chains: [chain] })
  if (!jumps.some((rule) => rule.chain === 'POSTROUTING')) return `the jump from POSTROUTING to the ${name}`
  const differences = payloads.map((payload) =>
    diffRules(
      parseRuleset(payload, { format: 'restore' }),
      listing.ruleset,
      (table, name) => table === 'nat' && name === chain,
    ),
  )
  if (differences.some((diff) => diff.length === 0)) return undefined
  const first = differences[0]?.[0]
  const rule = first?.onlyFirst[0] ?? first?.onlySecond[0] ?? first?.moved[0]
  const how = first?.onlyFirst.length
    ? 'without the rule'
    : first?.onlySecond.length
      ? 'but with the rule'
      : 'with another place for'
  return `the ${name} as configured (it is there ${how} "${rule?.text ?? ''}")`
}
