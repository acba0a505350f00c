import type { V1Container, V1PodSpec, V1Probe, V1Volume } from '@kubernetes/client-node'
import type { Wire } from '../wire.ts'

const CONFIG_FILE_MODE = 0o644

/** Fills in a pod's spec as k8s.io/kubernetes/pkg/apis/core/v1 defaults do. */
export function applyPodSpecDefaults(spec: Wire<V1PodSpec>): void {
  spec.restartPolicy ??= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.dnsPolicy ??= 'ClusterFirst'
  spec.securityContext ??= {}
  spec.schedulerName ??= 'default-scheduler'
  if (spec.serviceAccountName !== undefined) spec.serviceAccount ??= spec.serviceAccountName
  if (spec.serviceAccount !== undefined) spec.serviceAccountName ??= spec.serviceAccount
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    applyContainerDefaults(container, spec.hostNetwork === true)
  }
  for (const volume of spec.volumes ?? []) applyVolumeDefaults(volume)
}

function applyContainerDefaults(container: Wire<V1Container>, hostNetwork: boolean): void {
  container.resources ??= {}
  container.terminationMessagePath ??= '/dev/termination-log'
  container.terminationMessagePolicy ??= 'File'
  if (container.image !== undefined) container.imagePullPolicy ??= pullPolicyOf(container.image)
  for (const port of container.ports ?? []) {
    port.protocol ??= 'TCP'
    if (hostNetwork && port.containerPort !== undefined) port.hostPort ??= port.containerPort
  }
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef !== undefined) variable.valueFrom.fieldRef.apiVersion ??= 'v1'
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe !== undefined) applyProbeDefaults(probe)
  }
}

/** `latest`, or no tag at all, is pulled every time. */
function pullPolicyOf(image: string): string {
  if (image.includes('@')) return 'IfNotPresent'
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function applyProbeDefaults(probe: Wire<V1Probe>): void {
  probe.timeoutSeconds ??= 1
  probe.periodSeconds ??= 10
  probe.successThreshold ??= 1
  probe.failureThreshold ??= 3
  if (probe.httpGet !== undefined) {
    probe.httpGet.path ??= '/'
    probe.httpGet.scheme ??= 'HTTP'
  }
  if (probe.grpc !== undefined) probe.grpc.service ??= ''
}

function applyVolumeDefaults(volume: Wire<V1Volume>): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name')
  if (sources.length === 0) volume.emptyDir = {}
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= CONFIG_FILE_MODE
  if (volume.secret !== undefined) volume.secret.defaultMode ??= CONFIG_FILE_MODE
  if (volume.projected !== undefined) volume.projected.defaultMode ??= CONFIG_FILE_MODE
  if (volume.downwardAPI !== undefined) volume.downwardAPI.defaultMode ??= CONFIG_FILE_MODE
  if (volume.hostPath !== undefined) volume.hostPath.type ??= ''
}
