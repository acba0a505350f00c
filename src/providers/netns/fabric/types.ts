import type { Readable, Writable } from 'node:stream'
import type { ExitStatus } from '../../../cluster/host.ts'

/** A process in some set of namespaces; a direct child of the cluster server. */
export interface SpawnedProcess {
  /** As the cluster server's PID namespace counts. */
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  readonly exited: Promise<ExitStatus>
  kill(signal: NodeJS.Signals): void
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly uid?: number
  readonly gid?: number
  readonly cwd?: string
}

/** A machine of the fabric with its own network, mount, UTS and PID namespaces: a node, an outsider, an external host, the router. */
export interface Machine {
  readonly name: string
  readonly kind: 'node' | 'outsider' | 'external-host' | 'router'
  readonly addresses: readonly string[]
  spawn(argv: readonly string[], options?: SpawnOptions): SpawnedProcess
  /** The machine's root directory as the cluster server sees it. */
  readonly rootPath: string
}

export interface Mount {
  /** A directory or file that the cluster server sees. */
  readonly source: string
  /** Where in the container; made when missing. */
  readonly target: string
  readonly readOnly: boolean
  /** Where the source is in the root of the node, when it is the node's: its mounts are in a mount namespace of their own. */
  readonly inNode?: string
}

export interface ContainerSpec {
  readonly name: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid: number
  readonly gid: number
  /** Capability names without `CAP_` that the container has, or `all` (privileged). A uid other than 0 loses them, as everywhere. */
  readonly capabilities: readonly string[] | 'all'
  /** It sees and is seen by the processes of its node, rather than having a PID namespace of its own. */
  readonly hostPid: boolean
  readonly mounts: readonly Mount[]
}

/** A container with its own PID namespace and root file system, in its pod's network and UTS namespaces. */
export interface RunningContainer {
  readonly process: SpawnedProcess
  /** Another process in the same namespaces, with the same user and capabilities. */
  exec(argv: readonly string[], options?: { readonly tty?: boolean }): SpawnedProcess
  /** SIGTERM to the container's PID 1, then SIGKILL once the grace is over (or at once where PID 1 has no handler). Resolves when it ended. */
  stop(graceMs: number): Promise<void>
}

/** A pod's network and UTS namespaces; for a hostNetwork pod those of its node. */
export interface Sandbox {
  readonly id: string
  readonly nodeName: string
  /** IPv4 first, without prefix length. */
  readonly addresses: readonly string[]
  /** The node's end of the veth pair (`caliXXXXXXXXXXX`); undefined for a hostNetwork pod. */
  readonly hostInterface: string | undefined
  startContainer(spec: ContainerSpec): RunningContainer
  /** A process in the pod's network namespace but otherwise on the node (what `nsenter -t PID -n` does there). */
  spawn(argv: readonly string[], options?: SpawnOptions): SpawnedProcess
}

export interface SandboxSpec {
  readonly id: string
  /** `NAMESPACE.POD`, after which Calico names the node's end of the veth pair (`cali` and 11 digits of its SHA-1). */
  readonly podName: string
  readonly nodeName: string
  readonly hostname: string
  readonly hostNetwork: boolean
  /** Ask for these addresses (must be free and inside a pod CIDR); default: the next free ones of the node's pod CIDRs. */
  readonly addresses?: readonly string[]
}

export interface Fabric {
  readonly nodes: ReadonlyMap<string, Machine & { readonly podCidrs: readonly string[] }>
  readonly machines: ReadonlyMap<string, Machine>
  /** A folder of the cluster server's own tmpfs, for volumes and other state; gone with the cluster. */
  readonly statePath: string
  /** Sandboxes asked for in the same tick are made in one batch. */
  createSandbox(spec: SandboxSpec): Promise<Sandbox>
  /** Kills what still runs in it and takes its interfaces, routes and neighbours away. */
  removeSandbox(id: string): Promise<void>
}
