import { messageOf, PacketproofError } from '../../../errors.ts'
import type { Ruleset } from '../../../ruleset/model.ts'
import { findChain, rulesOf } from '../../../ruleset/model.ts'
import { parseRuleset } from '../../../ruleset/parse-ruleset.ts'
import { mustRun, type RunTool } from '../../run-tool.ts'
import type { IptablesCommand } from './iptables-commands.ts'
import { type InitRule, isOwnChain, ownChains, rulesOfTable, tablesOf } from './rule-builder.ts'

/** Seconds to wait for another program that writes rules. */
const wait = ['-w', '5']

const tableNames = ['filter', 'mangle', 'nat', 'raw']

/** The rules of one family in a pod, as one variant of iptables shows them. */
export class PodRules {
  readonly command: IptablesCommand
  readonly #run: RunTool

  constructor(run: RunTool, command: IptablesCommand) {
    this.#run = run
    this.command = command
  }

  /** `iptables-save -c`. */
  async save(): Promise<string> {
    return await mustRun(this.#run, [`${this.command}-save`, '-c'])
  }

  async read(): Promise<Ruleset> {
    return parseRuleset(await this.save(), { source: `${this.command}-save -c`, allowEmpty: true })
  }

  /** Applies a payload on top of what is there, table by table. @throws PacketproofError E_EXEC_FAILED with iptables' words. */
  async restore(payload: string): Promise<void> {
    if (payload === '') return
    const { exitCode, stderr } = await this.#run([`${this.command}-restore`, ...wait, '--noflush'], payload)
    if (exitCode === 0) return
    const said = stderr.trim() || `${this.command}-restore ended with ${exitCode ?? 'a signal'}`
    const line = payload.split('\n')[Number(/line (\d+)/.exec(said)?.[1] ?? 0) - 1]
    throw new PacketproofError('E_EXEC_FAILED', line === undefined ? said : `${said} (the line is "${line}")`)
  }

  /** Puts the tables whose rules are no longer those that were saved back, counters too; one that was not there is left empty. */
  async putBack(saved: string): Promise<void> {
    const now = await this.save()
    const changed = tableNames.filter((table) => rulesOnly(tableOf(now, table)) !== rulesOnly(tableOf(saved, table)))
    if (changed.length === 0) return
    const payload = changed.map((table) => tableOf(saved, table) ?? `*${table}\nCOMMIT\n`).join('')
    try {
      await mustRun(this.#run, [`${this.command}-restore`, ...wait, '-c'], payload)
    } catch (error) {
      const message = `the rules could not be put back: ${messageOf(error)}`
      throw new PacketproofError('E_EXEC_FAILED', message, { cause: error })
    }
  }

  /**
   * Compares what is there with what is wanted, as upstream does: a rule that is missing, or another number of rules in an
   * own chain, is a difference; the order of rules, and more rules in built-in chains, are not.
   */
  async compare(wanted: readonly InitRule[]): Promise<{ readonly hasAny: boolean; readonly differs: boolean }> {
    const ruleset = await this.read()
    const chains = ruleset.tables.flatMap(({ chains }) => chains)
    const hasAny = chains.some(({ name }) => isOwnChain(name)) || [...rulesOf(ruleset)].length > 0
    const isComplete = tablesOf(wanted).every((table) => hasSameChains(ruleset, table, rulesOfTable(wanted, table)))
    return { hasAny, differs: !isComplete || !(await this.#has(wanted)) }
  }

  /** `-C` for every rule: iptables itself knows best which of its spellings are the same. */
  async #has(wanted: readonly InitRule[]): Promise<boolean> {
    if (wanted.length === 0) return true
    const checks = tablesOf(wanted).map((table) => {
      const lines = rulesOfTable(wanted, table).map(({ chain, spec }) => `-C ${chain} ${spec.join(' ')}`)
      return `*${table}\n${lines.join('\n')}\nCOMMIT\n`
    })
    return (await this.#run([`${this.command}-restore`, ...wait, '--noflush'], checks.join(''))).exitCode === 0
  }
}

function hasSameChains(ruleset: Ruleset, table: string, wanted: readonly InitRule[]): boolean {
  return ownChains(wanted).every(
    (chain) => findChain(ruleset, table, chain)?.rules.length === wanted.filter((rule) => rule.chain === chain).length,
  )
}

function tableOf(saved: string, table: string): string | undefined {
  const start = saved.indexOf(`*${table}\n`)
  if (start < 0) return undefined
  const end = saved.indexOf('COMMIT\n', start)
  return saved.slice(start, end + 'COMMIT\n'.length)
}

/** Traffic moves counters all the time. */
function rulesOnly(table: string | undefined): string | undefined {
  return table?.replaceAll(/\[\d+:\d+\]/g, '')
}
