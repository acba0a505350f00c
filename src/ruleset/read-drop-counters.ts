import type { Host } from '../cluster/host.ts'
import { type Ruleset, rulesOf } from './model.ts'
import { readRuleset } from './read-ruleset.ts'

/** For `MatrixRequest.countDrops`: the packets that rules and policies of the hosts' filter tables have dropped so far. */
export function dropCounterOf(hosts: readonly Host[], family: 4 | 6 = 4, signal?: AbortSignal): () => Promise<number> {
  return async () => {
    const rulesets = await Promise.all(
      hosts.map(async (host) => await readRuleset(host, { family, table: 'filter', ...(signal && { signal }) })),
    )
    return rulesets.reduce((sum, ruleset) => sum + droppedPackets(ruleset), 0)
  }
}

function droppedPackets(ruleset: Ruleset): number {
  let packets = 0
  for (const rule of rulesOf(ruleset)) if (rule.target === 'DROP') packets += rule.counters?.packets ?? 0
  for (const { chains } of ruleset.tables) {
    for (const { policy, counters } of chains) if (policy === 'DROP') packets += counters.packets
  }
  return packets
}
