import { connectCluster } from '../cluster/kube-cluster.ts'
import { messageOf } from '../errors.ts'
import { removeComponent } from './components.ts'
import { removeFault } from './faults.ts'
import { labFiles } from './lab-folder.ts'
import { type LabRecord, readRecord } from './lab-record.ts'
import { borrowedBy, type Lab, openLab } from './open-lab.ts'
import { removeClusterLeftovers } from './remove-leftovers.ts'

/** Told what could not be undone. */
type OnNote = (text: string) => void

/** Takes from a borrowed cluster's nodes what components and faults have left there; its keeper removes the objects when it ends. */
export async function giveBack(name: string, onNote: OnNote): Promise<void> {
  await using lab = await openLab(name)
  await clearNodes(lab, onNote)
}

/** The same for a lab whose keeper is gone: new pods lead onto the nodes, and then all that carries its labels is removed. */
export async function giveBackAfterCrash(record: LabRecord, onNote: OnNote): Promise<void> {
  const { borrowed, profile, name } = record
  if (borrowed === undefined) return
  const { kubeconfig } = labFiles(name)
  if (record.components.length > 0 || record.faults.length > 0) {
    const { borrowCluster } = await import('../providers/kubeconfig/provider.ts')
    const choices = { kubeconfig, yes: true, ...(borrowed.registry !== undefined && { registry: borrowed.registry }) }
    const provided = await borrowCluster(profile, { name, ...choices })
    await using cluster = await connectCluster({ ...provided, borrowed: borrowedBy(borrowed) }, { profile })
    await clearNodes({ record, cluster, [Symbol.asyncDispose]: async () => undefined }, onNote)
  }
  await removeClusterLeftovers(kubeconfig, { labels: borrowed.labels })
}

async function clearNodes(lab: Lab, onNote: OnNote): Promise<void> {
  const { name } = lab.record
  const { signal } = new AbortController()
  const tell = (error: unknown): void => onNote(messageOf(error))
  for (const fault of readRecord(name).faults.toReversed()) await removeFault(lab, fault.name).catch(tell)
  for (const component of readRecord(name).components.toReversed()) {
    await removeComponent(lab, component.name, signal).catch(tell)
  }
}
