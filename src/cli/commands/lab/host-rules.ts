import { setTimeout as pause } from 'node:timers/promises'
import { findHost, listHosts } from '../../../cluster/find-host.ts'
import type { Host } from '../../../cluster/host.ts'
import { PacketproofError } from '../../../errors.ts'
import { everything, ownedPart, type RulesetPart } from '../../../explore/owned-part.ts'
import { changeLines, rulesetText } from '../../../explore/ruleset-text.ts'
import { ownershipOf } from '../../../lab/components.ts'
import { openLab } from '../../../lab/open-lab.ts'
import { describeRules } from '../../../ruleset/describe-rules.ts'
import type { Ruleset } from '../../../ruleset/model.ts'
import { printRuleset } from '../../../ruleset/print-ruleset.ts'
import { readRuleset } from '../../../ruleset/read-ruleset.ts'
import { listenForInterrupt } from '../../interrupt.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

const tables = ['raw', 'mangle', 'nat', 'filter', 'security']

/** How often the rules are read anew. */
const intervalMs = 250

/** The rules of a lab's host, and with `--follow` what changes of them. */
export async function hostRules(name: string, table: string | undefined, values: OptionValues): Promise<number> {
  if (table !== undefined && !tables.includes(table)) {
    throw new PacketproofError('E_USAGE', `there is no table "${table}"`, { hint: `tables: ${tables.join(', ')}` })
  }
  using interrupt = listenForInterrupt(undefined, () => undefined)
  await using lab = await openLab(values.text('lab'))
  const host = findHost(await listHosts(lab.cluster), name)
  const family = values.flag('ipv6') ? 6 : 4
  const read = (): Promise<Ruleset> => readRuleset(host, { family, ...(table !== undefined && { table }) })
  const first = await read()
  if (table !== undefined && first.tables.length === 0) throw noTable(host, table)
  const owner = values.text('owner')
  const ownership = owner === undefined ? undefined : await ownershipOf(owner, lab.record)
  const partOf = (ruleset: Ruleset): RulesetPart =>
    ownership === undefined ? everything : ownedPart(ruleset, ownership)
  if (values.text('format') === 'json')
    printData(describeRules(printRuleset(first), `the rules of ${host.name}`, { format: 'json' }))
  else printData(rulesetText(first, partOf(first)))
  if (values.flag('follow')) await follow(first, read, partOf, interrupt.signal)
  return 0
}

async function follow(
  first: Ruleset,
  read: () => Promise<Ruleset>,
  partOfRuleset: (ruleset: Ruleset) => RulesetPart,
  signal: AbortSignal,
): Promise<void> {
  let before = first
  while (!signal.aborted) {
    await pause(intervalMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const after = await read()
    const parts = [partOfRuleset(before), partOfRuleset(after)]
    const lines = changeLines(before, after, (rule) => parts.some((part) => part.includesRule(rule)))
    const time = new Date().toTimeString().slice(0, 8)
    for (const line of lines) printData(`${time}  ${line}`)
    before = after
  }
}

function noTable(host: Host, table: string): PacketproofError {
  return new PacketproofError('E_USAGE', `${host.name} has no rules in a table "${table}"`, {
    hint: 'nothing has used that table yet',
  })
}
