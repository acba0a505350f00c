import { PacketproofError } from '../../../errors.ts'
import { chooseLab, listLabs } from '../../../lab/list-labs.ts'
import { removeLab } from '../../../lab/remove-lab.ts'
import { removeClusterLeftovers, removeKindLeftovers } from '../../../lab/remove-leftovers.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

/** `packetproof down [NAME…]`, `packetproof down --all` */
export async function down(args: readonly string[], values: OptionValues): Promise<number> {
  const isAll = values.flag('all')
  const [kubeconfig, context] = [values.text('kubeconfig'), values.text('context')]
  if (!isAll && (kubeconfig !== undefined || context !== undefined)) {
    throw new PacketproofError('E_USAGE', '--kubeconfig and --context say which cluster --all is to look at, too', {
      hint: 'packetproof down --all --kubeconfig FILE',
    })
  }
  const names = isAll
    ? listLabs().map(({ name }) => name)
    : args.length > 0
      ? args.map(chooseLab)
      : [chooseLab(undefined)]
  const note = (text: string): void => void (values.flag('quiet') || process.stderr.write(`${text}\n`))
  // The cluster that a lab has borrowed may be that of another.
  const borrowing = new Set(listLabs().flatMap(({ name, record }) => (record?.borrowed === undefined ? [] : [name])))
  for (const part of [names.filter((name) => borrowing.has(name)), names.filter((name) => !borrowing.has(name))]) {
    await Promise.all(part.map((name) => removeLab(name, note)))
  }
  const removed = names.map((name) => `The lab "${name}" is gone.`)
  if (isAll) {
    // Docker that does not run is the usual thing where kind is not used.
    const whisper = (text: string): void => void (values.flag('verbose') && note(text))
    removed.push(...(await removeKindLeftovers(whisper)).map((name) => `The kind cluster ${name} is gone.`))
    if (kubeconfig !== undefined || context !== undefined) {
      const objects = await removeClusterLeftovers(kubeconfig, { context })
      removed.push(...objects.map((name) => `${name} is gone.`))
    }
  }
  printData(removed.length === 0 ? 'There was no lab.' : removed.join('\n'))
  return 0
}
