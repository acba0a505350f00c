import { randomBytes } from 'node:crypto'
import type { ExitStatus } from '../../../cluster/host.ts'
import { messageOf } from '../../../errors.ts'
import type { RunningContainer } from '../fabric/types.ts'
import type { ImageProgram } from '../images/image-program.ts'
import { BackOff } from './back-off.ts'
import {
  type ContainerRole,
  type RestartPolicy,
  resolveCommand,
  restartPolicyOf,
  restartsAfter,
} from './container-command.ts'
import { ContainerHealth } from './container-health.ts'
import type { ContainerHost } from './container-host.ts'
import { startFailedState, terminatedState } from './container-state.ts'
import { ContainerConfigError, resolveEnvironment } from './environment.ts'
import { LogBuffer } from './log-buffer.ts'
import { type Container, type ContainerState, type ContainerStatus, kubeTime } from './objects.ts'
import { podTitle } from './pod-status.ts'
import { forbiddenAsRoot, resolveIdentity } from './security.ts'
import { VolumeError } from './volumes/volume-error.ts'

/** A kubelet starts at 10 s and ends at 5 min; here the first restart is at once, then 1 s, doubling to 30 s. */
const restartBackOff = { firstMs: 1000, maximumMs: 30_000, immediateFirst: true }
const pullBackOff = { firstMs: 2000, maximumMs: 60_000 }
/** How long `ErrImagePull` shows before it becomes `ImagePullBackOff`. */
const pullErrorShownMs = 1000

/** One container of a pod: its instances one after the other, and the status that a kubelet reports for it. */
export class ContainerRunner {
  readonly container: Container
  /** Resolves once it has ended and will not be started again. */
  readonly ended: Promise<void>
  readonly #host: ContainerHost
  readonly #role: ContainerRole
  readonly #policy: RestartPolicy
  readonly #restarts = new BackOff(restartBackOff)
  readonly #pulls = new BackOff(pullBackOff)
  readonly #health: ContainerHealth
  #state: ContainerState
  #lastState: ContainerState = {}
  #restartCount = 0
  #imageId = ''
  #containerId: string | undefined
  #startedAtMs = 0
  #running: RunningContainer | undefined
  #logs: LogBuffer | undefined
  #previousLogs: LogBuffer | undefined
  #timer: NodeJS.Timeout | undefined
  #begun = false
  #stopping = false
  #markEnded: () => void = () => undefined

  constructor(container: Container, role: ContainerRole, host: ContainerHost) {
    this.container = container
    this.#role = role
    this.#policy = restartPolicyOf(role, host.pod.spec.restartPolicy)
    this.#host = host
    this.#state = {
      waiting: { reason: host.pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating' },
    }
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve
    })
    this.#health = new ContainerHealth(container, host, {
      changed: () => host.changed(),
      kill: (why) => void this.#kill(why),
    })
  }

  get running(): RunningContainer | undefined {
    return this.#running
  }

  /** Of the instance that runs, or else of the last one that did. */
  get logs(): LogBuffer | undefined {
    return this.#logs
  }

  get previousLogs(): LogBuffer | undefined {
    return this.#previousLogs
  }

  /** Resolves once it counts as started (its startup probe, if any, has succeeded), or has ended for good. */
  async untilStarted(): Promise<void> {
    await Promise.race([this.#health.untilStarted, this.ended])
  }

  get status(): ContainerStatus {
    return {
      name: this.container.name,
      image: this.container.image ?? '',
      imageID: this.#imageId,
      ...(this.#containerId === undefined ? {} : { containerID: this.#containerId }),
      state: this.#state,
      lastState: this.#lastState,
      ready: this.#role === 'init' ? this.#state.terminated?.exitCode === 0 : this.#health.ready,
      started: this.#health.started,
      restartCount: this.#restartCount,
    }
  }

  start(): void {
    if (this.#stopping || this.#running) return
    this.#begun = true
    const { program, failure } = this.#host.resolveImage(this.container.image ?? '')
    if (failure) this.#waitForImage(failure.reason, failure.message)
    else this.#startProgram(program)
    this.#host.changed()
  }

  /** Tries again at once what waits for something outside the container: an object, or an image. */
  retry(): void {
    if (!this.#begun || this.#running || this.#state.waiting?.reason !== 'CreateContainerConfigError') return
    clearTimeout(this.#timer)
    this.start()
  }

  /** Stops it for good: the preStop hook, SIGTERM, and SIGKILL once the grace is over. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    this.#health.stop()
    const running = this.#running
    if (running) {
      this.#record('Normal', 'Killing', `Stopping container ${this.container.name}`)
      await this.#health.stopGracefully(running, graceMs)
      await running.process.exited
    }
    this.#markEnded()
  }

  #startProgram(program: ImageProgram): void {
    this.#pulls.reset()
    this.#imageId = program.imageId
    const note = program.note === undefined ? '' : `: ${program.note}`
    this.#record('Normal', 'Pulled', `Container image "${this.container.image}" already present on machine${note}`)
    this.#containerId = `packetproof://${randomBytes(32).toString('hex')}`
    try {
      this.#launch(program)
    } catch (error) {
      if (error instanceof ContainerConfigError || error instanceof VolumeError) this.#waitForConfig(error.message)
      else this.#failToStart(messageOf(error))
    }
  }

  #launch(program: ImageProgram): void {
    const { pod, facts, store, volumes } = this.#host
    const identity = resolveIdentity(pod.spec, this.container)
    const forbidden = forbiddenAsRoot(pod.spec, this.container, identity)
    if (forbidden !== undefined) throw new ContainerConfigError(forbidden)
    const env = resolveEnvironment(store, pod, this.container, facts, program.environment)
    const running = this.#host.launch({
      name: this.container.name,
      argv: resolveCommand(this.container, program, env),
      env,
      cwd: this.container.workingDir || '/',
      ...identity,
      hostPid: pod.spec.hostPID ?? false,
      mounts: [...program.mounts, ...volumes.mountsOf(this.container, env)],
    })
    this.#follow(running)
  }

  #follow(running: RunningContainer): void {
    this.#running = running
    const logs = new LogBuffer()
    logs.capture(running.process.stdout)
    logs.capture(running.process.stderr)
    if (this.#logs) this.#previousLogs = this.#logs
    this.#logs = logs
    running.process.stdin.end()
    this.#startedAtMs = Date.now()
    this.#state = { running: { startedAt: kubeTime(this.#startedAtMs) } }
    this.#record('Normal', 'Created', `Created container: ${this.container.name}`)
    this.#record('Normal', 'Started', `Started container ${this.container.name}`)
    this.#health.begin(running)
    void running.process.exited.then((exit) => this.#onExit(exit))
  }

  #onExit(exit: ExitStatus): void {
    this.#running = undefined
    this.#health.stop()
    this.#restarts.succeededFor(Date.now() - this.#startedAtMs)
    const terminated = terminatedState(exit, kubeTime(this.#startedAtMs), this.#containerId ?? '')
    this.#afterEnd(terminated)
  }

  #failToStart(message: string): void {
    this.#record('Warning', 'Failed', `Error: ${message}`)
    this.#afterEnd(startFailedState(message, this.#containerId ?? ''))
  }

  #afterEnd(terminated: NonNullable<ContainerState['terminated']>): void {
    this.#state = { terminated }
    this.#host.changed()
    if (this.#stopping) return
    if (!restartsAfter(this.#policy, terminated.exitCode)) {
      this.#markEnded()
      return
    }
    const delayMs = this.#restarts.next()
    this.#timer = setTimeout(() => this.#restart(terminated), delayMs)
    if (delayMs > 0) this.#showCrashLoop(terminated, delayMs)
  }

  #restart(terminated: NonNullable<ContainerState['terminated']>): void {
    this.#lastState = { terminated }
    this.#restartCount += 1
    this.start()
  }

  #showCrashLoop(terminated: NonNullable<ContainerState['terminated']>, delayMs: number): void {
    const { name } = this.container
    const title = podTitle(this.#host.pod)
    this.#lastState = { terminated }
    const message = `back-off ${delayMs / 1000}s restarting failed container=${name} pod=${title}`
    this.#state = { waiting: { reason: 'CrashLoopBackOff', message } }
    this.#record('Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${title}`)
  }

  #waitForConfig(message: string): void {
    this.#state = { waiting: { reason: 'CreateContainerConfigError', message } }
    this.#record('Warning', 'Failed', `Error: ${message}`)
    // Objects announce themselves (`retry`); what does not, such as a subPath, is looked at again.
    this.#timer = setTimeout(() => this.start(), this.#pulls.next())
  }

  #waitForImage(reason: string, message: string): void {
    const image = this.container.image ?? ''
    this.#state = { waiting: { reason, message } }
    this.#record('Warning', reason === 'ErrImagePull' ? 'Failed' : 'InspectFailed', message)
    if (reason !== 'ErrImagePull') return
    this.#record('Warning', 'Failed', 'Error: ErrImagePull')
    const delayMs = this.#pulls.next()
    this.#timer = setTimeout(() => {
      const backOff = `Back-off pulling image "${image}"`
      this.#state = { waiting: { reason: 'ImagePullBackOff', message: `${backOff}: ErrImagePull: ${message}` } }
      this.#record('Normal', 'BackOff', backOff)
      this.#host.changed()
      this.#timer = setTimeout(() => this.start(), delayMs - pullErrorShownMs)
    }, pullErrorShownMs)
  }

  async #kill(why: string): Promise<void> {
    const running = this.#running
    if (!running) return
    this.#record('Normal', 'Killing', why)
    await this.#health.stopGracefully(running, (this.#host.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000)
  }

  #record(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const list = this.#role === 'main' ? 'containers' : 'initContainers'
    this.#host.record({ type, reason, message, fieldPath: `spec.${list}{${this.container.name}}` })
  }
}
