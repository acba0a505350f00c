import { loadManifests } from '../../../cluster/load-manifests.ts'
import { PacketproofError } from '../../../errors.ts'
import { openLab } from '../../../lab/open-lab.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

/** `packetproof apply -f FILE`: for machines without kubectl. */
export async function apply(_args: readonly string[], values: OptionValues): Promise<number> {
  const files = values.list('filename')
  if (files.length === 0) throw new PacketproofError('E_USAGE', 'which manifests? expected -f FILE')
  const loaded = (await Promise.all(files.map(loadManifests))).flat()
  await using lab = await openLab(values.text('lab'))
  for (const { object, place } of loaded) {
    await lab.cluster.apply([object]).catch((error: unknown) => {
      throw error instanceof Error ? new PacketproofError('E_API', `${place}: ${error.message}`, { cause: error }) : error
    })
    printData(`${object.kind} ${object.metadata?.namespace === undefined ? '' : `${object.metadata.namespace}/`}${object.metadata?.name ?? ''} applied`)
  }
  await lab.cluster.waitForPods?.()
  return 0
}
