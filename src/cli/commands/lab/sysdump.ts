import { openLab } from '../../../lab/open-lab.ts'
import { takeSysdump } from '../../../lab/take-sysdump.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

/** `packetproof sysdump [FOLDER]` */
export async function sysdump(args: readonly string[], values: OptionValues): Promise<number> {
  await using lab = await openLab(values.text('lab'))
  const stamp = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')
  const folder = args[0] ?? `packetproof-sysdump-${lab.record.name}-${stamp}`
  const files = await takeSysdump(lab, folder)
  printData(`${folder}: ${files.join(', ')}`)
  return 0
}
