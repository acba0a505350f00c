import { decodePcap } from '../../capture/read-pcap.ts'
import { PacketproofError } from '../../errors.ts'
import type { OptionValues } from '../option-values.ts'
import { printData, printJson } from '../output.ts'
import { readInput } from '../read-input.ts'

/** `packetproof pcap FILE`: what a capture file holds. */
export async function pcap(args: readonly string[], values: OptionValues): Promise<number> {
  const { content, source } = await readInput(args[0] ?? '-')
  const file = decodePcap(content, { name: source, onTruncation: 'report' })
  void file
  void values
  void printData
  void printJson
  void PacketproofError
  return 0
}
