import { PacketproofError } from '../../errors.ts'
import { findChain, type Ruleset } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { mustRun, noSuchProgram, type RunTool } from '../run-tool.ts'
import { guardChain, type IpFamily, isGuard } from './guard-rule.ts'

export type Backend = 'nft' | 'legacy'

/** The filter table of one family as one variant of iptables shows it. */
export interface FilterTable {
  readonly backend: Backend
  /** `iptables-nft`, `ip6tables-legacy`, or `iptables` where variants have no names: `-save` and `-restore` follow it. */
  readonly command: string
  readonly ruleset: Ruleset
}

export interface FilterTables {
  /** The one that the guard belongs in. */
  readonly chosen: FilterTable
  /** The other one, when it exists: a guard that is there is out of place. */
  readonly other?: FilterTable
  readonly warnings: readonly string[]
}

/**
 * Lists the filter table of both variants, which are two rule sets that every packet passes.
 * @param backend `auto`: the one in which others have rules in FORWARD, and more of them if both have; or else the default.
 * @throws PacketproofError E_TOOL_MISSING, E_EXEC_FAILED, E_RULESET.
 */
export async function readFilterTables(
  run: RunTool,
  family: IpFamily,
  backend: Backend | 'auto',
): Promise<FilterTables> {
  const nft = await listFilter(run, family, 'nft')
  // Asked first because listing a legacy table makes it, and iptables-nft then warns of it in every listing.
  const legacy = (await hasLegacyFilter(run, family)) ? await listFilter(run, family, 'legacy') : undefined
  const tables = [nft, legacy].filter((table) => table !== undefined)
  const [most, second] = tables.toSorted((a, b) => foreignRules(b, family) - foreignRules(a, family))
  const fallback = backend === 'auto' ? await defaultBackend(run, family) : backend
  const wanted = backend === 'auto' && most !== undefined && foreignRules(most, family) > 0 ? most.backend : fallback
  const chosen = tables.find((table) => table.backend === wanted) ?? (await listFilter(run, family, wanted))
  if (chosen === undefined) throw noVariant(family, wanted)
  const other = tables.find((table) => table.backend !== wanted)
  const warnings = [...chosen.ruleset.warnings].filter((text) => !/legacy tables present/.test(text))
  if (second !== undefined && foreignRules(second, family) > 0) {
    warnings.push(
      `both iptables-nft (${nft ? foreignRules(nft, family) : 0}) and iptables-legacy (${legacy ? foreignRules(legacy, family) : 0}) ` +
        `have rules in ${guardChain}, and packets pass both: the guard is in ${chosen.command}`,
    )
  }
  return { chosen, ...(other && { other }), warnings }
}

function foreignRules(table: FilterTable, family: IpFamily): number {
  const rules = findChain(table.ruleset, 'filter', guardChain)?.rules ?? []
  return rules.filter((rule) => !isGuard(rule, family)).length
}

async function listFilter(run: RunTool, family: IpFamily, backend: Backend): Promise<FilterTable | undefined> {
  for (const command of [`${baseCommand(family)}-${backend}`, baseCommand(family)]) {
    const argv = [`${command}-save`, '-t', 'filter']
    const result = await run(argv)
    if (result.exitCode === noSuchProgram) continue
    if (command === baseCommand(family) && (await defaultBackend(run, family)) !== backend) continue
    const text = result.exitCode === 0 ? result.stdout : await mustRun(run, argv)
    return { backend, command, ruleset: parseRuleset(text, { source: argv.join(' '), allowEmpty: true }) }
  }
  return undefined
}

async function hasLegacyFilter(run: RunTool, family: IpFamily): Promise<boolean> {
  const result = await run(['cat', `/proc/net/${family === 4 ? 'ip' : 'ip6'}_tables_names`])
  return result.stdout.split('\n').includes('filter')
}

/** What `iptables` without more words is. Versions before 1.8 had one variant, legacy, and did not name it. */
async function defaultBackend(run: RunTool, family: IpFamily): Promise<Backend> {
  return (await mustRun(run, [baseCommand(family), '--version'])).includes('nf_tables') ? 'nft' : 'legacy'
}

function baseCommand(family: IpFamily): string {
  return family === 4 ? 'iptables' : 'ip6tables'
}

function noVariant(family: IpFamily, backend: Backend): PacketproofError {
  return new PacketproofError('E_TOOL_MISSING', `there is no ${baseCommand(family)}-${backend}`, {
    hint: 'install the iptables package, version 1.8 or newer, or choose another --backend',
  })
}
