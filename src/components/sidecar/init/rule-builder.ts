export type RuleTable = 'mangle' | 'nat' | 'raw'
export type IpFamily = 4 | 6

/** One rule as iptables-restore reads it, `-A CHAIN …` or `-I CHAIN N …`. */
export interface InitRule {
  readonly table: RuleTable
  readonly chain: string
  /** All words but the command and its chain. */
  readonly spec: readonly string[]
  /** Where it is inserted; appended when there is none. */
  readonly position?: number
}

/** A word that differs between the families. */
export interface ByFamily {
  readonly 4: string
  readonly 6: string
}

type Word = string | ByFamily

/** Collects the rules of both families in the order in which they are applied. */
export class RuleBuilder {
  readonly rules: Readonly<Record<IpFamily, InitRule[]>> = { 4: [], 6: [] }

  /** To both families; a word that differs is put in by family. */
  append(table: RuleTable, chain: string, ...words: readonly Word[]): void {
    for (const family of [4, 6] as const) this.appendTo(family, table, chain, ...words)
  }

  appendTo(family: IpFamily, table: RuleTable, chain: string, ...words: readonly Word[]): void {
    this.rules[family].push({ table, chain, spec: words.map((word) => inFamily(word, family)) })
  }

  insert(table: RuleTable, chain: string, position: number, ...words: readonly Word[]): void {
    for (const family of [4, 6] as const) this.insertInto(family, table, chain, position, ...words)
  }

  insertInto(family: IpFamily, table: RuleTable, chain: string, position: number, ...words: readonly Word[]): void {
    this.rules[family].push({ table, chain, position, spec: words.map((word) => inFamily(word, family)) })
  }
}

function inFamily(word: Word, family: IpFamily): string {
  return typeof word === 'string' ? word : word[family]
}

/** The rule as a line of a restore payload. */
export function ruleLine({ chain, position, spec }: InitRule): string {
  const command = position === undefined ? `-A ${chain}` : `-I ${chain} ${position}`
  return `${command} ${spec.join(' ')}`
}

/**
 * What iptables-restore is given with --noflush: tables by name, in each first the new chains in the order in which rules of
 * theirs, then jumps to them, come up, then the rules.
 */
export function renderRestore(rules: readonly InitRule[]): string {
  return tablesOf(rules)
    .map((table) => renderTable(table, rulesOfTable(rules, table)))
    .join('')
}

/** What takes these rules away, where they are all there: for a dry run, which looks at nothing. */
export function renderRemoval(rules: readonly InitRule[]): string {
  return tablesOf(rules)
    .map((table) => {
      const own = ownChains(rulesOfTable(rules, table))
      const builtIn = rulesOfTable(rules, table).filter(({ chain }) => !isOwnChain(chain))
      const deletions = builtIn.toReversed().map(({ chain, spec }) => `-D ${chain} ${spec.join(' ')}`)
      const lines = [...deletions, ...own.map((chain) => `-F ${chain}`), ...own.map((chain) => `-X ${chain}`)]
      return `* ${table}\n${lines.join('\n')}\nCOMMIT\n`
    })
    .join('')
}

function renderTable(table: string, rules: readonly InitRule[]): string {
  const lines = [`* ${table}`, ...ownChains(rules).map((chain) => `-N ${chain}`), ...rules.map(ruleLine), 'COMMIT']
  return `${lines.join('\n')}\n`
}

/** The chains that the rules need and that no table has by itself. */
export function ownChains(rules: readonly InitRule[]): readonly string[] {
  const jumps = rules.flatMap(({ spec }) => (spec.at(-2) === '-j' ? (spec.at(-1) ?? []) : []))
  return [...new Set([...rules.map(({ chain }) => chain), ...jumps])].filter(isOwnChain)
}

/** All of them, and nothing else, begin so. */
export function isOwnChain(name: string): boolean {
  return name.startsWith('ISTIO_')
}

export function rulesOfTable(rules: readonly InitRule[], table: string): readonly InitRule[] {
  return rules.filter((rule) => rule.table === table)
}

/** By name. */
export function tablesOf(rules: readonly InitRule[]): readonly string[] {
  return [...new Set(rules.map(({ table }) => table))].sort()
}
