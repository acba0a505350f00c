import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { inNamespaces } from '../../../../helpers/linux/namespaces.ts'
import type { AccessTarget } from '../../../cluster/node-access.ts'
import { messageOf, PacketproofError } from '../../../errors.ts'
import { type MachineHandle } from '../fabric/machines.ts'
import type { NetnsFabric } from '../fabric/netns-fabric.ts'
import type { SandboxHandle } from '../fabric/sandboxes.ts'
import type { SpawnedProcess, SpawnOptions } from '../fabric/types.ts'

/** The sandbox of a pod, which only the kubelets know; undefined when the pod has none (yet, or any more). */
export type FindSandboxId = (namespace: string, name: string) => string | undefined

/** Finds hosts by what the caller calls them. Every method throws PacketproofError E_EXEC_FAILED when there is no such host. */
export class HostDirectory {
  readonly #fabric: NetnsFabric
  readonly #findSandboxId: FindSandboxId

  constructor(fabric: NetnsFabric, findSandboxId: FindSandboxId) {
    this.#fabric = fabric
    this.#findSandboxId = findSandboxId
  }

  spawn(target: AccessTarget, argv: readonly string[], options: SpawnOptions): SpawnedProcess {
    return this.#find(target).spawn(argv, options)
  }

  readFile(target: AccessTarget, path: string): Buffer {
    return this.#atRoot(target, `read ${path}`, () => readFileSync(path))
  }

  /** Missing folders are made. */
  writeFile(target: AccessTarget, path: string, content: Buffer): void {
    this.#atRoot(target, `write ${path}`, () => {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
    })
  }

  #find(target: AccessTarget): MachineHandle | SandboxHandle {
    if (target.kind === 'pod') return this.#findSandbox(target.namespace, target.name)
    const machine =
      target.kind === 'node' ? this.#fabric.nodes.get(target.name) : this.#fabric.machines.get(target.name)
    if (machine === undefined)
      throw new PacketproofError('E_EXEC_FAILED', `there is no ${target.kind} "${target.name}"`)
    return machine
  }

  #findSandbox(namespace: string, name: string): SandboxHandle {
    const id = this.#findSandboxId(namespace, name)
    const sandbox = id === undefined ? undefined : this.#fabric.sandbox(id)
    if (sandbox === undefined) {
      throw new PacketproofError('E_EXEC_FAILED', `the pod ${namespace}/${name} has no network namespace`, {
        hint: 'It does not exist, has not been started yet, or has ended.',
      })
    }
    return sandbox
  }

  /** A pod has no root of its own, only its containers do: its node's it is. */
  #atRoot<T>(target: AccessTarget, what: string, work: () => T): T {
    const found = this.#find(target)
    const machine = 'nodeName' in found ? this.#fabric.machines.get(found.nodeName) : found
    if (machine === undefined) throw new PacketproofError('E_EXEC_FAILED', `could not ${what}: its node is gone`)
    const { net, mnt } = machine.namespaces
    return inNamespaces({ net: 'nodeName' in found ? (found.namespaces.net ?? net) : net, mnt }, () => {
      try {
        return work()
      } catch (error) {
        throw new PacketproofError('E_EXEC_FAILED', `could not ${what} on "${target.name}": ${messageOf(error)}`, {
          cause: error,
        })
      }
    })
  }
}
