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
  /**
   * Starts one of this project's agents on a node, with its input and output. Where it is missing, nodes have this program at the path
   * that it has here.
   * @throws PacketproofError when it cannot be started there
   */
  startAgent?(target: AccessTarget, args: readonly string[], signal?: AbortSignal): Promise<HostProcess>
  readFile(target: AccessTarget, path: string): Promise<Buffer>
  writeFile(target: AccessTarget, path: string, content: string | Buffer): Promise<void>
}

/** A machine beside the cluster. */
export interface MachineInfo {
  readonly name: string
  readonly kind: 'outsider' | 'external-host'
  readonly addresses: readonly string[]
}

/** How what is made in a borrowed cluster is known again. */
export interface Borrowed {
  /** On every object that is made. */
  readonly labels: Readonly<Record<string, string>>
  /** Leave everything in place. */
  readonly retain: boolean
  /** The reference under which the cluster can pull an image. */
  imageFor(image: string): string
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
  /**
   * The cluster was there before and is there afterwards: what is made in it is labelled so, existing objects are not overwritten, and
   * everything is undone in the end.
   */
  readonly borrowed?: Borrowed
  /**
   * How many times longer than on the embedded cluster state may take to come about, at most; default 1. Elsewhere images are pulled, and
   * kubelets look at a ConfigMap once a minute.
   */
  readonly patience?: number
  /** Rejects (never resolves) when the cluster dies under its user. */
  readonly died: Promise<never>
}

/** What a person chooses for a provider; each provider reads what concerns it. */
export interface ProviderChoices {
  /** TCP port of the API server on 127.0.0.1; default: any free one. For providers that make the API server. */
  readonly apiPort?: number
  /** kind: the image of the nodes. */
  readonly image?: string
  /** Leave the cluster, or what was made in one that was there before, when the run ends. */
  readonly retain?: boolean
  /** The cluster is retained for other scenarios, so this one gives it back as it was. */
  readonly shared?: boolean
  /** kubeconfig: the file; default: $KUBECONFIG, then ~/.kube/config. */
  readonly kubeconfig?: string
  /** kubeconfig: the context of the file; default: its current one. */
  readonly context?: string
  /** kubeconfig: consent to what is made in a cluster that has not been used before. */
  readonly yes?: boolean
  /** kubeconfig: where the cluster can pull the images of this project from, for instance `registry.example/packetproof`. */
  readonly registry?: string
}

export interface ProviderOptions extends ProviderChoices {
  readonly name: string
  readonly signal?: AbortSignal
  /** For a word to the person at the terminal. */
  readonly onNote?: (text: string) => void
}
