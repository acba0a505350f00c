/** A rule as it is in the kernel. */
export interface KernelRule {
  /** Of its hash comment; undefined for a rule that is not Felix's. */
  readonly hash: string | undefined
  /** As iptables-save prints it, without `-A CHAIN`. */
  readonly text: string
}

/** Chains of a table with their rules, in order. */
export type KernelTable = ReadonlyMap<string, readonly KernelRule[]>
export type KernelTables = ReadonlyMap<string, KernelTable>

/** Reads what iptables-save prints: only names, order and hashes matter here, and there may be tens of thousands of rules. */
export function parseKernelTables(saved: string): KernelTables {
  const tables = new Map<string, Map<string, KernelRule[]>>()
  let table = new Map<string, KernelRule[]>()
  for (const line of saved.split('\n')) {
    const sign = line[0]
    if (sign === '*') {
      table = new Map()
      tables.set(line.slice(1).trim(), table)
    } else if (sign === ':') table.set(line.slice(1, line.indexOf(' ')), [])
    else if (sign === '-') {
      const end = line.indexOf(' ', 3)
      const chain = end < 0 ? line.slice(3) : line.slice(3, end)
      const text = end < 0 ? '' : line.slice(end + 1)
      table.get(chain)?.push({ hash: hashOf(text), text })
    }
  }
  return tables
}

function hashOf(text: string): string | undefined {
  return /--comment "?cali:([\w-]{16})"?(?: |$)/.exec(text)?.[1]
}

/** Whether a chain is one that Felix makes. */
export function isOwnChain(name: string): boolean {
  return name.startsWith('cali-')
}
