import type {
  V1ConfigMap,
  V1Container,
  V1ContainerState,
  V1ContainerStatus,
  V1DaemonSet,
  V1Deployment,
  V1Node,
  V1Pod,
  V1PodCondition,
  V1PodSpec,
  V1PodStatus,
  V1PodTemplateSpec,
  V1ReplicaSet,
  V1Secret,
  V1Service,
} from '@kubernetes/client-node'
import type { KubeObject } from '../api/types.ts'
import type { Stored, Wire, WithSpec } from '../api/wire.ts'

export type Container = Wire<V1Container>
export type PodSpec = Wire<V1PodSpec>
export type PodTemplate = Wire<V1PodTemplateSpec>
export type PodStatus = Wire<V1PodStatus>
export type PodCondition = Wire<V1PodCondition>
export type ContainerStatus = Wire<V1ContainerStatus>
export type ContainerState = Wire<V1ContainerState>

export type PodObject = WithSpec<V1Pod>
export type NodeObject = WithSpec<V1Node>
export type ConfigMapObject = Stored<V1ConfigMap>
export type SecretObject = Stored<V1Secret>
export type ServiceObject = WithSpec<V1Service>
export type DaemonSetObject = WithSpec<V1DaemonSet>
export type ReplicaSetObject = WithSpec<V1ReplicaSet>
export type DeploymentObject = WithSpec<V1Deployment>

/** RFC 3339 with whole seconds, as `metav1.Time` is written. */
export function kubeTime(atMs: number = Date.now()): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? 'default'
}

/** `NAMESPACE/NAME`. */
export function keyOf(object: KubeObject): string {
  return `${namespaceOf(object)}/${object.metadata.name}`
}

export function isTerminal(pod: PodObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

export function isPodReady(pod: PodObject): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}
