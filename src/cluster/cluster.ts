import type {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObject,
  KubernetesObjectApi,
  V1Pod,
} from '@kubernetes/client-node'
import type { Capabilities } from './capability.ts'
import type { Host } from './host.ts'
import type { ClusterProfile } from './profile.ts'

/** Typed clients of the cluster's Kubernetes API. */
export interface KubeApi {
  readonly config: KubeConfig
  readonly core: CoreV1Api
  readonly apps: AppsV1Api
  readonly objects: KubernetesObjectApi
}

export interface Node extends Host {
  readonly kind: 'node'
  /** Its name in the cluster profile; the same as `name` where the cluster was made from the profile. */
  readonly profileName: string
  readonly role: 'control-plane' | 'worker'
  readonly podCidrs: readonly string[]
}

export interface Pod extends Host {
  readonly kind: 'pod'
  readonly namespace: string
  readonly node: Node
}

/** What `runPod` makes a pod of; anything beyond it is a manifest for `apply`. */
export interface PodSpec {
  readonly name: string
  readonly namespace?: string
  /** Its name in the cluster or in the profile. */
  readonly node: string
  /** Default `busybox`, asleep. */
  readonly image?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  /** Fixed addresses. Where the cluster cannot give them (`fixed-pod-addresses`) the pod gets others. */
  readonly addresses?: readonly string[]
}

/** A running cluster, whatever carries it. */
export interface Cluster extends AsyncDisposable {
  readonly name: string
  readonly provider: string
  readonly profile: ClusterProfile
  readonly api: KubeApi
  /** A kubeconfig document. */
  readonly kubeconfig: string
  readonly capabilities: Capabilities
  /** Times by which waits for state (not answers to probes) are longer than on the embedded cluster. */
  readonly patience: number
  /** It goes on after the run: what is done to its nodes has to be undone (`StepContext.afterwards`). */
  readonly isBorrowed: boolean
  readonly environment: Readonly<Record<string, string>>
  readonly nodes: readonly Node[]
  /** Outsiders and external hosts. */
  readonly machines: readonly Host[]
  /** By its name, or by that of the profile's node which it stands for. */
  node(name: string): Node
  machine(name: string): Host
  /** Creates each object, or merges it into the existing one. Resolves when the API has accepted all of them. */
  apply(objects: readonly KubernetesObject[]): Promise<void>
  /** Deletes each object and waits until it is gone. A missing one is not an error. */
  delete(objects: readonly KubernetesObject[]): Promise<void>
  /** Sets labels of a node; null takes one away. */
  labelNode(name: string, labels: Readonly<Record<string, string | null>>): Promise<void>
  /** Creates a pod and resolves when it is Ready. */
  runPod(spec: PodSpec): Promise<Pod>
  /** The pod as a host. It must have its addresses. */
  podHost(pod: V1Pod): Pod
  /** The log of a pod's container. */
  logs(namespace: string, pod: string): Promise<string>
}
