import { describe, expect, it } from 'vitest'
import type { ContainerState, ContainerStatus, PodObject, PodSpec, PodStatus } from './objects.ts'
import { computePhase, computePodStatus, type PodObservation } from './pod-status.ts'

const running: ContainerState = { running: { startedAt: '2026-01-01T00:00:00Z' } }
const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } }
const exited = (exitCode: number): ContainerState => ({ terminated: { exitCode } })

function container(name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus {
  const ready = state.running !== undefined
  return { name, image: '', imageID: '', state, lastState: {}, ready, started: ready, restartCount: 0, ...more }
}

function observe(containers: ContainerStatus[], more: Partial<PodObservation> = {}): PodObservation {
  return {
    initContainers: [],
    containers,
    podIps: ['10.0.0.2'],
    hostIps: ['172.18.0.2'],
    hasSandbox: true,
    startTime: '2026-01-01T00:00:00Z',
    ended: false,
    ...more,
  }
}

const spec = (restartPolicy: string, initContainers: PodSpec['initContainers'] = []): PodSpec => ({
  containers: [{ name: 'a' }],
  initContainers,
  restartPolicy,
})

describe('computePhase', () => {
  it.each<[string, string, PodObservation]>([
    ['Pending', 'Always', observe([container('a', waiting)])],
    ['Running', 'Always', observe([container('a', running)])],
    ['Pending', 'Always', observe([container('a', running), container('b', waiting)])],
    [
      'Running',
      'Always',
      observe([container('a', { waiting: { reason: 'CrashLoopBackOff' } }, { lastState: exited(1) })]),
    ],
    ['Running', 'Never', observe([container('a', running), container('b', exited(1))])],
    ['Succeeded', 'Never', observe([container('a', exited(0))], { ended: true })],
    ['Failed', 'Never', observe([container('a', exited(0)), container('b', exited(1))], { ended: true })],
    ['Running', 'OnFailure', observe([container('a', exited(1))])],
  ])('is %s with %s', (phase, policy, seen) => {
    expect(computePhase(spec(policy), seen)).toBe(phase)
  })

  it('is Pending while an init container runs, and Failed when one failed that is never restarted', () => {
    const init = [{ name: 'i' }]
    const during = observe([container('a', waiting)], { initContainers: [container('i', running)] })
    expect(computePhase(spec('Never', init), during)).toBe('Pending')
    const after = observe([container('a', waiting)], { initContainers: [container('i', exited(1))] })
    expect(computePhase(spec('Never', init), after)).toBe('Failed')
    expect(computePhase(spec('Always', init), after)).toBe('Pending')
  })
})

describe('computePodStatus', () => {
  const pod = (status: Partial<PodStatus> = {}, more: Partial<PodSpec> = {}): PodObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { ...spec('Always'), ...more },
    status,
  })
  const condition = (status: PodStatus, wanted: string) => status.conditions?.find(({ type }) => type === wanted)

  it('names the containers that are not ready', () => {
    const status = computePodStatus(
      pod(),
      observe([container('a', running), container('b', running, { ready: false })]),
    )
    expect(condition(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [b]',
    })
  })

  it('names the init containers that are not done', () => {
    const seen = observe([container('a', waiting)], { initContainers: [container('i', running)] })
    expect(condition(computePodStatus(pod({}, spec('Always', [{ name: 'i' }])), seen), 'Initialized')).toMatchObject({
      status: 'False',
      message: 'containers with incomplete status: [i]',
    })
  })

  it('keeps the time of a condition that stays, and the conditions of others', () => {
    const before = { lastTransitionTime: '2020-01-01T00:00:00Z', status: 'True' }
    const status = computePodStatus(
      pod({
        conditions: [
          { type: 'Ready', ...before },
          { type: 'example.com/gate', ...before },
        ],
      }),
      observe([container('a', running)]),
    )
    expect(condition(status, 'Ready')?.lastTransitionTime).toBe('2020-01-01T00:00:00Z')
    expect(condition(status, 'example.com/gate')?.status).toBe('True')
  })

  it('is not ready before its readiness gates are', () => {
    const gated = pod({}, { readinessGates: [{ conditionType: 'example.com/gate' }] })
    const status = computePodStatus(gated, observe([container('a', running)]))
    expect(condition(status, 'ContainersReady')?.status).toBe('True')
    expect(condition(status, 'Ready')).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' })
  })

  it('has no pod address before there is a sandbox', () => {
    const status = computePodStatus(pod(), observe([container('a', waiting)], { podIps: [], hasSandbox: false }))
    expect(status.podIP).toBeUndefined()
    expect(status.hostIP).toBe('172.18.0.2')
  })
})
