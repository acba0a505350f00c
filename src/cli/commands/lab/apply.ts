import { loadManifests } from '../../../cluster/load-manifests.ts'
import { PacketproofError } from '../../../errors.ts'
import { applyManifests, describeObject } from '../../../lab/apply-manifests.ts'
import { openLab } from '../../../lab/open-lab.ts'
import { listenForInterrupt } from '../../interrupt.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

const defaultTimeoutMs = 60_000

/** `packetproof apply -f FILE`: for machines without kubectl. */
export async function apply(_args: readonly string[], values: OptionValues): Promise<number> {
  const objects = await readFiles(values)
  using interrupt = listenForInterrupt(undefined, () => undefined)
  await using lab = await openLab(values.text('lab'))
  const timeoutMs = values.durationMs('timeout') ?? defaultTimeoutMs
  await applyManifests(lab.cluster, objects, { timeoutMs, signal: interrupt.signal })
  for (const { object } of objects) printData(`${describeObject(object)} applied`)
  return 0
}

/** `packetproof delete -f FILE` */
export async function deleteObjects(_args: readonly string[], values: OptionValues): Promise<number> {
  const objects = await readFiles(values)
  await using lab = await openLab(values.text('lab'))
  await lab.cluster.delete(objects.map(({ object }) => object))
  for (const { object } of objects) printData(`${describeObject(object)} deleted`)
  return 0
}

async function readFiles(values: OptionValues): Promise<Awaited<ReturnType<typeof loadManifests>>> {
  const files = values.list('filename')
  if (files.length === 0) throw new PacketproofError('E_USAGE', 'which manifests? expected -f FILE')
  return (await Promise.all(files.map(loadManifests))).flat()
}
