import { text } from 'node:stream/consumers'
import { inNamespaces } from '../../../../helpers/linux/namespaces.ts'
import { interfaceIndex, SystemCallError } from '../../../../helpers/linux/system-calls.ts'
import { PacketproofError } from '../../../errors.ts'
import type { MachineHandle } from './machines.ts'
import { exchange } from './netlink/exchange.ts'
import { setGroup } from './netlink/requests.ts'
import { spawnIn } from './processes.ts'

interface Batch {
  readonly names: string[]
  readonly done: Promise<void>
}

/**
 * Deletes interfaces of nodes. The kernel takes some 30 ms to let go of one interface or of a hundred (it waits for every
 * processor), and stops who asked for so long: so those asked for in the same tick go as one group, and a process of its own asks.
 */
export class InterfaceRemover {
  readonly #batches = new Map<MachineHandle, Batch>()
  #nextGroup = 1000

  async remove(node: MachineHandle, name: string): Promise<void> {
    let batch = this.#batches.get(node)
    if (batch === undefined) {
      const names: string[] = []
      const done = new Promise<void>((resolve, reject) => {
        setImmediate(() => {
          this.#batches.delete(node)
          this.#delete(node, names).then(resolve, reject)
        })
      })
      batch = { names, done }
      this.#batches.set(node, batch)
    }
    batch.names.push(name)
    await batch.done
  }

  async #delete(node: MachineHandle, names: readonly string[]): Promise<void> {
    const group = this.#nextGroup
    this.#nextGroup += 1
    const inNetwork = { net: node.namespaces.net }
    const present = inNamespaces(inNetwork, () => {
      const indexes = names.flatMap(indexIfPresent)
      exchange(indexes.map((index) => setGroup(index, group)))
      return indexes.length
    })
    if (present === 0) return
    const deletion = spawnIn(inNetwork, ['ip', 'link', 'delete', 'group', String(group)])
    deletion.stdout.resume()
    const [complaint, { exitCode }] = await Promise.all([text(deletion.stderr), deletion.exited])
    if (exitCode === 0) return
    throw new PacketproofError(
      'E_CLUSTER',
      `could not delete ${names.join(', ')} of "${node.name}": ${complaint.trim()}`,
    )
  }
}

/** An interface that a component (or a fault) has deleted already needs no deleting. */
function indexIfPresent(name: string): number[] {
  try {
    return [interfaceIndex(name)]
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === 'ENODEV') return []
    throw error
  }
}
