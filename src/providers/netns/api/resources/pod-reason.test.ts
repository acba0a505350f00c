import { expect, it } from 'vitest'
import type { Pod } from './pod.ts'
import { podReason } from './pod-reason.ts'

interface Case {
  readonly phase?: string
  readonly init?: object[]
  readonly main?: object[]
  readonly initContainers?: object[]
  readonly deleted?: boolean
}

function podWith({ phase = 'Running', init = [], main = [], initContainers = init, deleted = false }: Case): Pod {
  return {
    metadata: deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {},
    spec: { containers: main, initContainers },
    status: { phase, initContainerStatuses: init, containerStatuses: main },
  } as unknown as Pod
}

const running = { ready: true, state: { running: {} } }
const waiting = (reason: string): object => ({ state: { waiting: { reason } } })
const ended = (exitCode: number, reason = '', signal = 0): object => ({
  state: { terminated: { exitCode, reason, signal } },
})

it.each<[string, Case]>([
  ['Running', { main: [running] }],
  ['Pending', { phase: 'Pending' }],
  ['ErrImagePull', { phase: 'Pending', main: [waiting('ErrImagePull')] }],
  ['CrashLoopBackOff', { main: [waiting('CrashLoopBackOff'), running] }],
  ['Completed', { phase: 'Succeeded', main: [ended(0, 'Completed')] }],
  ['Error', { phase: 'Failed', main: [ended(1, 'Error')] }],
  ['ExitCode:3', { phase: 'Failed', main: [ended(3)] }],
  ['Signal:9', { phase: 'Failed', main: [ended(137, '', 9)] }],
  ['Init:0/2', { phase: 'Pending', init: [running, waiting('PodInitializing')], main: [waiting('PodInitializing')] }],
  ['Init:1/2', { phase: 'Pending', init: [ended(0, 'Completed'), waiting('PodInitializing')] }],
  ['Init:ErrImagePull', { phase: 'Pending', init: [waiting('ErrImagePull')] }],
  ['Init:Error', { phase: 'Pending', init: [ended(1, 'Error')] }],
  ['PodInitializing', { phase: 'Pending', init: [ended(0)], main: [waiting('PodInitializing')] }],
  ['NotReady', { main: [running, ended(0, 'Completed')].toReversed() }],
  ['Terminating', { main: [running], deleted: true }],
  ['Completed', { phase: 'Succeeded', main: [ended(0, 'Completed')], deleted: true }],
])('is %s for %j', (reason, pod) => {
  expect(podReason(podWith(pod))).toBe(reason)
})
