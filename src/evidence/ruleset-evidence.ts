import type { Host } from '../cluster/host.ts'
import { type Ruleset, rulesOf } from '../ruleset/model.ts'
import { printRuleset } from '../ruleset/print-ruleset.ts'
import type { EvidenceStore } from './evidence-store.ts'
import { RulesetWindow } from './ruleset-window.ts'

/** Keeps a host's rules before and after something: both texts, and the rules with how far their counters moved. */
export function rulesetEvidence(
  store: EvidenceStore,
  title: string,
  point: { readonly host: Host; readonly family: 4 | 6; readonly table: string },
  before: Ruleset,
  after: Ruleset,
  rewritten?: ReadonlySet<string>,
): RulesetWindow {
  const { host, family, table } = point
  const program = family === 4 ? 'iptables' : 'ip6tables'
  const beforeFile = store.writeFile(`${host.name}-${program}-before.rules`, printRuleset(before))
  const afterFile = store.writeFile(`${host.name}-${program}-after.rules`, printRuleset(after))
  const window = new RulesetWindow('', host.name, family, before, after, rewritten)
  const deltas = new Map(window.delta.rules.flatMap((delta) => (delta.after ? [[delta.after, delta] as const] : [])))
  const voids = window.delta.voids.map(({ chain, reason }) => `${chain}: ${reason}`)
  const id = store.add({
    kind: 'ruleset',
    title: `${title}: ${host.name} ${program} ${table}`,
    host: host.name,
    family,
    table,
    beforeFile: beforeFile.file,
    afterFile: afterFile.file,
    rows: [...rulesOf(after)].map((rule) => {
      const delta = deltas.get(rule)
      return {
        chain: rule.chain,
        number: rule.index + 1,
        rule: rule.spec,
        packets: rule.counters?.packets ?? 0,
        bytes: rule.counters?.bytes ?? 0,
        ...(delta?.packets !== undefined && {
          packetsDelta: delta.packets,
          bytesDelta: delta.bytes,
          changed: delta.packets > 0,
        }),
      }
    }),
    ...(voids.length > 0 && { void: voids.join('; ') }),
  })
  return new RulesetWindow(id, host.name, family, before, after, rewritten)
}
