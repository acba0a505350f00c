import { existsSync } from 'node:fs'
import { describeRules } from '../../ruleset/describe-rules.ts'
import type { OptionValues } from '../option-values.ts'
import { printData } from '../output.ts'
import { readInput } from '../read-input.ts'

/** `packetproof rules FILE`: what an iptables-save listing holds; `packetproof rules HOST [TABLE]`: what a lab's host has. */
export async function rules(args: readonly string[], values: OptionValues): Promise<number> {
  const [place = '-', table] = args
  const isFile = place === '-' || place.includes('/') || existsSync(place)
  if (!isFile || values.wasGiven('lab')) {
    const { hostRules } = await import('./lab/host-rules.ts')
    return await hostRules(place, table, values)
  }
  const { content, source } = await readInput(place)
  const format = values.text('format') === 'json' ? 'json' : 'text'
  printData(describeRules(content.toString('utf8'), source, { format }))
  return 0
}
