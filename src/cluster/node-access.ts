import type { Capabilities } from './capability.ts'
import type { ExecOptions, HostProcess } from './host.ts'

/** Where a command runs. */
export type AccessTarget =
  | { readonly kind: 'node'; readonly name: string }
  /** The network namespace of a pod, entered from its node. */
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  /** An outsider or an external host. */
  | { readonly kind: 'machine'; readonly name: string }

/** A provider's way onto the cluster's hosts: the second half of what a provider returns (the first is a kubeconfig). */
export interface NodeAccess {
  spawn(target: AccessTarget, argv: readonly string[], options?: Omit<ExecOptions, 'timeoutMs'>): Promise<HostProcess>
  readFile(target: AccessTarget, path: string): Promise<Buffer>
  writeFile(target: AccessTarget, path: string, content: string | Buffer): Promise<void>
}

/** A machine beside the cluster. */
export interface MachineInfo {
  readonly name: string
  readonly kind: 'outsider' | 'external-host'
  readonly addresses: readonly string[]
}

/** What a provider yields: a kubeconfig and a way onto the hosts; nothing more. */
export interface ProvidedCluster extends AsyncDisposable {
  readonly name: string
  readonly provider: string
  /** A kubeconfig document, whose user name is unique to this cluster. */
  readonly kubeconfig: string
  readonly access: NodeAccess
  readonly machines: readonly MachineInfo[]
  /** What scenarios may require of it. */
  readonly capabilities: Capabilities
  /** Facts for the report: kernel, iptables backend, privilege mode, … */
  readonly environment: Readonly<Record<string, string>>
  /** Rejects (never resolves) when the cluster dies under its user. */
  readonly died: Promise<never>
}

export interface ProviderOptions {
  readonly name: string
  readonly signal?: AbortSignal
  /** TCP port of the API server on 127.0.0.1; default: any free one. */
  readonly apiPort?: number
}
