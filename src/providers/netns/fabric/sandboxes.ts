import { closeNamespaces, type NamespaceSet } from '../../../../helpers/linux/namespaces.ts'
import { type ContainerPlace, startContainer } from './containers.ts'
import type { MachineHandle } from './machines.ts'
import type { PodNetwork } from './pod-network.ts'
import { spawnIn } from './processes.ts'
import type { RootLayout } from './root-file-system.ts'
import type { ContainerSpec, RunningContainer, Sandbox, SpawnedProcess, SpawnOptions } from './types.ts'

/** A sandbox, and how to take it away again. */
export interface SandboxHandle extends Sandbox {
  readonly namespaces: NamespaceSet
  remove(): Promise<void>
}

interface SandboxParts {
  readonly id: string
  readonly hostname: string
  readonly node: MachineHandle
  readonly layout: RootLayout
  readonly etcHosts: string
  /** Undefined for a hostNetwork pod. */
  readonly network: PodNetwork | undefined
  /** Takes an interface of a node away, and with it the other end and every address, route and neighbour on it. */
  readonly removeInterface: (node: MachineHandle, name: string) => Promise<void>
}

export function makeSandbox(parts: SandboxParts): SandboxHandle {
  const { node, network } = parts
  const { net, uts, ipc, mnt, pid } = node.namespaces
  const podNamespaces = network?.namespaces ?? { net, uts, ipc }
  const onNode = { net: podNamespaces.net ?? net, uts: podNamespaces.uts ?? uts, ipc, mnt, pid }
  const containers = new Set<RunningContainer>()
  const processes = new Set<SpawnedProcess>()
  let count = 0
  let isRemoved = false

  function refuseWhenRemoved(): void {
    if (isRemoved) throw new Error(`the sandbox ${parts.id} was removed`)
  }

  function start(spec: ContainerSpec): RunningContainer {
    refuseWhenRemoved()
    count += 1
    const place: ContainerPlace = {
      layout: parts.layout,
      rootId: `container-${parts.id}-${count}`,
      hostname: network === undefined ? node.name : parts.hostname,
      etcHosts: parts.etcHosts,
      podNamespaces,
      nodePidNamespace: pid,
      nodeMountNamespace: mnt,
    }
    const container = startContainer(place, spec)
    containers.add(container)
    void container.process.exited.then(() => containers.delete(container))
    return container
  }

  function spawn(argv: readonly string[], options?: SpawnOptions): SpawnedProcess {
    refuseWhenRemoved()
    const running = spawnIn(onNode, argv, options)
    processes.add(running)
    void running.exited.then(() => processes.delete(running))
    return running
  }

  async function remove(): Promise<void> {
    if (isRemoved) return
    isRemoved = true
    for (const running of processes) running.kill('SIGKILL')
    await Promise.all([
      ...[...containers].map((container) => container.stop(0)),
      ...[...processes].map((running) => running.exited),
    ])
    if (network === undefined) return
    await parts.removeInterface(node, network.hostInterface)
    closeNamespaces(network.namespaces)
  }

  return {
    id: parts.id,
    nodeName: node.name,
    addresses: network?.addresses ?? node.addresses,
    hostInterface: network?.hostInterface,
    namespaces: podNamespaces,
    startContainer: start,
    spawn,
    remove,
  }
}
