import {
  type ContainerStatus,
  kubeTime,
  namespaceOf,
  type PodCondition,
  type PodObject,
  type PodSpec,
  type PodStatus,
} from './objects.ts'

export interface PodObservation {
  readonly initContainers: readonly ContainerStatus[]
  readonly containers: readonly ContainerStatus[]
  readonly podIps: readonly string[]
  readonly hostIps: readonly string[]
  readonly hasSandbox: boolean
  readonly startTime: string
  /** Every container has ended and none will be started again. */
  readonly ended: boolean
}

type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/** What a kubelet writes to `status` for what it observes; conditions of others (readiness gates) stay. */
export function computePodStatus(pod: PodObject, seen: PodObservation): PodStatus {
  const phase = computePhase(pod.spec, seen)
  const previous = pod.status?.conditions ?? []
  const own = computeConditions(pod, seen, phase)
  const kept = previous.filter(({ type }) => !own.some((condition) => condition.type === type))
  const { podIPs: _podIps, podIP: _podIp, ...before } = pod.status ?? {}
  return {
    ...before,
    phase,
    conditions: [...own.map((condition) => withTransitionTime(condition, previous)), ...kept],
    ...addresses(seen),
    startTime: pod.status?.startTime ?? seen.startTime,
    ...(seen.initContainers.length > 0 ? { initContainerStatuses: [...seen.initContainers] } : {}),
    containerStatuses: [...seen.containers],
    qosClass: pod.status?.qosClass ?? 'BestEffort',
  }
}

function addresses({ podIps, hostIps }: PodObservation): Partial<PodStatus> {
  return {
    ...(hostIps[0] ? { hostIP: hostIps[0], hostIPs: hostIps.map((ip) => ({ ip })) } : {}),
    ...(podIps[0] ? { podIP: podIps[0], podIPs: podIps.map((ip) => ({ ip })) } : {}),
  }
}

/** As `getPhase` of pkg/kubelet/kubelet_pods.go decides. */
export function computePhase(spec: PodSpec, seen: PodObservation): Phase {
  const failedInit = seen.initContainers.some(
    (status, index) => !isSidecar(spec, index) && status.state?.terminated && status.state.terminated.exitCode !== 0,
  )
  if (failedInit && spec.restartPolicy === 'Never') return 'Failed'
  if (!isInitialized(spec, seen) && !seen.ended) return 'Pending'
  const counts = { running: 0, waiting: 0, stopped: 0, succeeded: 0 }
  for (const { state, lastState } of seen.containers) {
    if (state?.running) counts.running += 1
    else if (state?.terminated) {
      counts.stopped += 1
      if (state.terminated.exitCode === 0) counts.succeeded += 1
    } else if (lastState?.terminated) counts.stopped += 1
    else counts.waiting += 1
  }
  if (counts.waiting > 0) return 'Pending'
  if (counts.running > 0) return 'Running'
  if (counts.stopped === 0) return 'Pending'
  if (!seen.ended) return 'Running'
  return counts.succeeded === seen.containers.length ? 'Succeeded' : 'Failed'
}

function isSidecar(spec: PodSpec, index: number): boolean {
  return spec.initContainers?.[index]?.restartPolicy === 'Always'
}

function isInitialized(spec: PodSpec, seen: PodObservation): boolean {
  return incompleteInitContainers(spec, seen).length === 0
}

function incompleteInitContainers(spec: PodSpec, seen: PodObservation): string[] {
  return (spec.initContainers ?? [])
    .filter((container, index) => {
      const status = seen.initContainers.find(({ name }) => name === container.name)
      if (isSidecar(spec, index)) return !status?.started
      return status?.state?.terminated?.exitCode !== 0
    })
    .map(({ name }) => name)
}

type Verdict = Omit<PodCondition, 'lastTransitionTime' | 'lastProbeTime'>

function computeConditions(pod: PodObject, seen: PodObservation, phase: Phase): Verdict[] {
  const unready = seen.containers.filter(({ ready }) => !ready).map(({ name }) => name)
  const containersReady = verdictOnContainers('ContainersReady', phase, unready)
  return [
    { type: 'PodReadyToStartContainers', status: seen.hasSandbox ? 'True' : 'False' },
    verdictOnInitialization(pod.spec, seen, phase),
    verdictOnReadiness(pod, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ]
}

function verdictOnInitialization(spec: PodSpec, seen: PodObservation, phase: Phase): Verdict {
  const incomplete = incompleteInitContainers(spec, seen)
  if (phase === 'Succeeded') return { type: 'Initialized', status: 'True', reason: 'PodCompleted' }
  if (incomplete.length === 0) return { type: 'Initialized', status: 'True' }
  return {
    type: 'Initialized',
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.join(' ')}]`,
  }
}

function verdictOnContainers(type: string, phase: Phase, unready: readonly string[]): Verdict {
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' }
  if (unready.length === 0) return { type, status: 'True' }
  const message = `containers with unready status: [${unready.join(' ')}]`
  return { type, status: 'False', reason: 'ContainersNotReady', message }
}

function verdictOnReadiness(pod: PodObject, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' }
  const missing = (pod.spec.readinessGates ?? [])
    .map(({ conditionType }) => conditionType)
    .filter((gate) => !pod.status?.conditions?.some(({ type, status }) => type === gate && status === 'True'))
  if (missing.length === 0) return { type: 'Ready', status: 'True' }
  const message = missing
    .map((gate) => `corresponding condition of pod readiness gate "${gate}" does not exist.`)
    .join(', ')
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message }
}

function withTransitionTime(verdict: Verdict, previous: readonly PodCondition[]): PodCondition {
  const before = previous.find(({ type }) => type === verdict.type)
  const unchanged = before?.status === verdict.status && before.lastTransitionTime !== undefined
  return { ...verdict, lastTransitionTime: unchanged ? before.lastTransitionTime : kubeTime() } as PodCondition
}

/** How messages name a container's pod: `NAME_NAMESPACE(UID)`. */
export function podTitle(pod: PodObject): string {
  return `${pod.metadata.name}_${namespaceOf(pod)}(${pod.metadata.uid})`
}
