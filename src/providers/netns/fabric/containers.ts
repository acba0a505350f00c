import { capabilityArgv } from './capabilities.ts'
import { ContainerInside } from './container-inside.ts'
import { closeNamespaces, createNamespaces, inNamespaces, type NamespaceSet } from './namespaces.ts'
import { spawnIn } from './processes.ts'
import { DEFAULT_PATH, findProgram } from './program.ts'
import { enterNewRoot, type RootLayout, removeRoot } from './root-file-system.ts'
import { systemTool } from './system-tool.ts'
import type { ContainerSpec, RunningContainer } from './types.ts'

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
}

/** Unless it is privileged, a container sees /proc/sys but does not write to it, as container runtimes have it. */
function protectProc(): string[] {
  return [systemTool('sh'), '-c', '"$0" -o bind,ro /proc/sys /proc/sys && exec "$@"', systemTool('mount')]
}

/** @throws PacketproofError E_EXEC_FAILED when there is no such program, E_NO_PRIVILEGE when its user is not mapped. */
export function startContainer(place: ContainerPlace, spec: ContainerSpec): RunningContainer {
  const env = { PATH: DEFAULT_PATH, HOSTNAME: place.hostname, HOME: spec.uid === 0 ? '/root' : '/', ...spec.env }
  const asUser = capabilityArgv(spec)
  const { set } = inNamespaces(place.podNamespaces, () =>
    createNamespaces(['mnt'], () => {
      enterNewRoot(place.layout, {
        id: place.rootId,
        files: {
          '/etc/hosts': place.etcHosts,
          '/etc/hostname': `${place.hostname}\n`,
          '/etc/resolv.conf': 'options timeout:1 attempts:1\n',
        },
        mounts: spec.mounts,
        readOnlySys: spec.capabilities !== 'all',
      })
      findProgram(spec.argv[0], env.PATH, spec.cwd)
    }),
  )
  const protect = spec.capabilities === 'all' ? [] : protectProc()
  // The program is the first process of its PID namespace; `unshare` stays outside as its parent and passes its end on.
  const argv = [
    systemTool('unshare'),
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--',
    ...protect,
    ...asUser,
    ...spec.argv,
  ]
  const outside = spawnIn({ ...place.podNamespaces, ...set, pid: place.nodePidNamespace }, argv, { env, cwd: spec.cwd })
  closeNamespaces(set)
  const inside = new ContainerInside(outside, place.podNamespaces)
  const cleanUp = (): void => {
    inside.close()
    removeRoot(place.layout, place.rootId)
  }
  void outside.exited.then(cleanUp)
  return {
    process: { ...outside, kill: (signal) => inside.kill(signal) },
    exec: (execArgv, { tty = false } = {}) => inside.exec(execArgv, asUser, { env, cwd: spec.cwd, tty }),
    stop: (graceMs) => inside.stop(graceMs),
  }
}
