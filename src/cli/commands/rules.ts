import { describeRules } from '../../ruleset/describe-rules.ts'
import type { OptionValues } from '../option-values.ts'
import { printData } from '../output.ts'
import { readInput } from '../read-input.ts'

/** `packetproof rules FILE`: what an iptables-save listing holds. */
export async function rules(args: readonly string[], values: OptionValues): Promise<number> {
  const { content, source } = await readInput(args[0] ?? '-')
  const format = values.text('format') === 'json' ? 'json' : 'text'
  printData(describeRules(content.toString('utf8'), source, { format }))
  return 0
}
