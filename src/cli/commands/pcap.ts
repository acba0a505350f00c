import { describePcap } from '../../capture/describe-pcap.ts'
import type { OptionValues } from '../option-values.ts'
import { printData } from '../output.ts'
import { readInput } from '../read-input.ts'

/** `packetproof pcap FILE`: what a capture file holds. */
export async function pcap(args: readonly string[], values: OptionValues): Promise<number> {
  const { content, source } = await readInput(args[0] ?? '-')
  const format = values.text('format') === 'json' ? 'json' : 'table'
  printData(await describePcap(source, { format, content }))
  return 0
}
