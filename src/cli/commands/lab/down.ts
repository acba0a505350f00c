import { chooseLab, listLabs } from '../../../lab/list-labs.ts'
import { removeLab } from '../../../lab/remove-lab.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

/** `packetproof down [NAME…]`, `packetproof down --all` */
export async function down(args: readonly string[], values: OptionValues): Promise<number> {
  const isAll = values.flag('all')
  const names = isAll
    ? listLabs().map(({ name }) => name)
    : args.length > 0
      ? args.map(chooseLab)
      : [chooseLab(undefined)]
  await Promise.all(names.map(removeLab))
  const removed = names.map((name) => `The lab "${name}" is gone.`)
  printData(removed.length === 0 ? 'There was no lab.' : removed.join('\n'))
  return 0
}
