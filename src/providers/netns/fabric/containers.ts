import { closeSync, fstatSync } from 'node:fs'
import {
  closeNamespaces,
  createNamespaces,
  inNamespaces,
  type NamespaceSet,
} from '../../../../helpers/linux/namespaces.ts'
import { openTree } from '../../../../helpers/linux/system-calls.ts'
import { capabilityArgv } from './capabilities.ts'
import { ContainerInside, type NamespaceIdentity } from './container-inside.ts'
import { spawnIn } from './processes.ts'
import { DEFAULT_PATH, findProgram } from './program.ts'
import { enterNewRoot, type RootLayout, removeRoot } from './root-file-system.ts'
import { systemTool } from './system-tool.ts'
import type { ContainerSpec, RunningContainer, SpawnedProcess } from './types.ts'

export interface ContainerPlace {
  readonly layout: RootLayout
  /** Of this container's root; unique in the cluster. */
  readonly rootId: string
  readonly hostname: string
  readonly etcHosts: string
  /** The pod's network, UTS and IPC namespaces. */
  readonly podNamespaces: NamespaceSet
  /** The PID namespace of its node, in which the container's is nested. */
  readonly nodePidNamespace: number
  readonly nodeMountNamespace: number
}

/** Unless it is privileged, a container sees /proc/sys but does not write to it, as container runtimes have it. */
function protectProc(): string[] {
  return [systemTool('sh'), '-c', '"$0" -o bind,ro /proc/sys /proc/sys && exec "$@"', systemTool('mount')]
}

function ownProcesses(): string[] {
  return [systemTool('unshare'), '--pid', '--fork', '--kill-child', '--mount-proc', '--']
}

/** The program is born into the PID namespace of its node: the /proc that it mounts is that of the node. */
function showNodeProcesses(): string[] {
  return [systemTool('sh'), '-c', '"$0" -t proc proc /proc && exec "$@"', systemTool('mount')]
}

/** @throws PacketproofError E_EXEC_FAILED when there is no such program, E_NO_PRIVILEGE when its user is not mapped. */
export function startContainer(place: ContainerPlace, spec: ContainerSpec): RunningContainer {
  const env = { PATH: DEFAULT_PATH, HOSTNAME: place.hostname, HOME: spec.uid === 0 ? '/root' : '/', ...spec.env }
  const asUser = capabilityArgv(spec)
  const cleanUp = (): void => removeRoot(place.layout, place.rootId)
  try {
    const { outside, mountNamespace } = startFirstProcess(place, spec, asUser, env)
    const inside = new ContainerInside(outside, place.podNamespaces, spec.hostPid ? mountNamespace : undefined)
    void outside.exited.then(() => inside.close()).then(cleanUp)
    return {
      process: { ...outside, kill: (signal) => inside.kill(signal) },
      exec: (argv, { tty = false } = {}) => inside.exec(argv, asUser, { env, cwd: spec.cwd, tty }),
      stop: (graceMs) => inside.stop(graceMs),
    }
  } catch (error) {
    cleanUp()
    throw error
  }
}

/** Unless it shares that of its node, the program becomes the first process of its PID namespace; `unshare` stays outside as its parent, and passes its end on. */
function startFirstProcess(
  place: ContainerPlace,
  spec: ContainerSpec,
  asUser: readonly string[],
  env: Readonly<Record<string, string>> & { readonly PATH: string },
): { readonly outside: SpawnedProcess; readonly mountNamespace: NamespaceIdentity } {
  const trees = inNamespaces({ mnt: place.nodeMountNamespace }, () =>
    spec.mounts.map(({ inNode }) => (inNode === undefined ? undefined : openTree(inNode))),
  )
  const { set } = inNamespaces(place.podNamespaces, () => {
    try {
      return createNamespaces(['mnt'], () => enterRoot(place, spec, env.PATH, trees))
    } finally {
      for (const tree of trees) if (tree !== undefined) closeSync(tree)
    }
  })
  try {
    const namespaces = { ...place.podNamespaces, ...set, pid: place.nodePidNamespace }
    const protect = spec.capabilities === 'all' ? [] : protectProc()
    const wrapper = spec.hostPid ? showNodeProcesses() : ownProcesses()
    const outside = spawnIn(namespaces, [...wrapper, ...protect, ...asUser, ...spec.argv], { env, cwd: spec.cwd })
    return { outside, mountNamespace: fstatSync(set.mnt ?? -1) }
  } finally {
    closeNamespaces(set)
  }
}

function enterRoot(
  place: ContainerPlace,
  spec: ContainerSpec,
  path: string,
  trees: readonly (number | undefined)[],
): void {
  enterNewRoot(place.layout, {
    id: place.rootId,
    files: {
      '/etc/hosts': place.etcHosts,
      '/etc/hostname': `${place.hostname}\n`,
      '/etc/resolv.conf': 'options timeout:1 attempts:1\n',
    },
    mounts: spec.mounts,
    trees,
    readOnlySys: spec.capabilities !== 'all',
  })
  findProgram(spec.argv[0], path, spec.cwd)
}
