import { PacketproofError } from '../../../errors.ts'
import { completeWords } from '../../complete-words.ts'
import { completionScript, isShell, shells } from '../../completion-scripts.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'
import { suggest } from '../../suggest.ts'

/** `packetproof completion SHELL`: prints what the shell is to read. */
export async function completion(args: readonly string[], _values: OptionValues): Promise<number> {
  const [shell = ''] = args
  if (!isShell(shell)) {
    throw new PacketproofError('E_USAGE', `there is no completion for "${shell}"`, { hint: suggest(shell, shells) })
  }
  printData(completionScript(shell))
  return 0
}

/** `packetproof complete -- WORD…`: what may stand for the last word; asked by the shells. */
export async function complete(args: readonly string[], _values: OptionValues): Promise<number> {
  printData((await completeWords(args)).join('\n'))
  return 0
}
