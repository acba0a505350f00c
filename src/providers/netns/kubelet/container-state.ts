import { constants } from 'node:os'
import type { ExitStatus } from '../../../cluster/host.ts'
import { type ContainerState, kubeTime } from './objects.ts'

type Terminated = NonNullable<ContainerState['terminated']>

/** As a shell and container runtimes number an end by a signal: 128 and the signal's number. */
export function exitCodeOf({ exitCode, signal }: ExitStatus): number {
  if (exitCode !== null) return exitCode
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0)
}

export function terminatedState(exit: ExitStatus, startedAt: string, containerID: string): Terminated {
  const exitCode = exitCodeOf(exit)
  return {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt,
    finishedAt: kubeTime(),
    containerID,
  }
}

/** What container runtimes report when the program could not be started. */
export function startFailedState(message: string, containerID: string): Terminated {
  const now = kubeTime()
  return { exitCode: 128, reason: 'StartError', message, startedAt: now, finishedAt: now, containerID }
}
