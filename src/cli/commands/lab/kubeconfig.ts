import { readFileSync } from 'node:fs'
import { changeRecord } from '../../../lab/components.ts'
import { labFiles } from '../../../lab/lab-folder.ts'
import { findLab } from '../../../lab/list-labs.ts'
import { mergeKubeconfig } from '../../../lab/merge-kubeconfig.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

/** `packetproof kubeconfig [NAME]`: prints the path of the lab's own file, or merges it into the user's. */
export async function kubeconfig(args: readonly string[], values: OptionValues): Promise<number> {
  const { name } = findLab(args[0])
  const path = labFiles(name).kubeconfig
  if (!values.flag('merge')) {
    printData(path)
    return 0
  }
  const merged = mergeKubeconfig(readFileSync(path, 'utf8'))
  changeRecord(name, (record) => ({ ...record, mergedInto: merged }))
  printData(`The lab "${name}" is the current context of ${merged}; packetproof down takes it out again.`)
  return 0
}
