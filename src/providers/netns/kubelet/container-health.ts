import type { RunningContainer } from '../fabric/types.ts'
import type { ContainerHost } from './container-host.ts'
import type { Container } from './objects.ts'
import { type Action, type ActionTarget, attemptAction } from './probes/probe-attempt.ts'
import { type Probe, ProbeLoop } from './probes/probe-loop.ts'

interface HealthListener {
  changed(): void
  /** The container must be restarted; `why` is the event's text. */
  kill(why: string): void
}

type ProbeKind = 'Startup' | 'Readiness' | 'Liveness'

/** The probes and lifecycle hooks of a container, and what follows from them: whether it is started, and whether it is ready. */
export class ContainerHealth {
  readonly #container: Container
  readonly #host: ContainerHost
  readonly #listener: HealthListener
  readonly untilStarted: Promise<void>
  #loops: ProbeLoop[] = []
  #running: RunningContainer | undefined
  #started = false
  #ready = false
  #resolveStarted: () => void = () => undefined

  constructor(container: Container, host: ContainerHost, listener: HealthListener) {
    this.#container = container
    this.#host = host
    this.#listener = listener
    this.untilStarted = new Promise((resolve) => {
      this.#resolveStarted = resolve
    })
  }

  get started(): boolean {
    return this.#started
  }

  get ready(): boolean {
    return this.#ready
  }

  begin(running: RunningContainer): void {
    this.#running = running
    const postStart = this.#container.lifecycle?.postStart
    if (postStart) void this.#runPostStart(postStart, running)
    else this.#beginProbes(running)
  }

  /** Neither started nor ready any more; probes end. */
  stop(): void {
    this.#running = undefined
    for (const loop of this.#loops) loop.stop()
    this.#loops = []
    this.#started = false
    this.#ready = false
  }

  /** The preStop hook, then SIGTERM, all within the grace. */
  async stopGracefully(running: RunningContainer, graceMs: number): Promise<void> {
    const startedAtMs = performance.now()
    const preStop = this.#container.lifecycle?.preStop
    if (preStop && graceMs > 0) {
      const outcome = await this.#runHook(preStop, running, graceMs)
      if (outcome !== undefined) this.#record('Warning', 'FailedPreStopHook', `PreStopHook failed: ${outcome}`)
    }
    await running.stop(Math.max(0, graceMs - (performance.now() - startedAtMs)))
  }

  async #runPostStart(hook: Action, running: RunningContainer): Promise<void> {
    const failure = await this.#runHook(hook, running, 60_000)
    if (this.#running !== running) return
    if (failure === undefined) {
      this.#beginProbes(running)
      return
    }
    this.#record('Warning', 'FailedPostStartHook', `PostStartHook failed: ${failure}`)
    this.#listener.kill(`FailedPostStartHook`)
  }

  /** Returns why it failed; undefined when it did not. */
  async #runHook(
    hook: Action & { readonly sleep?: { readonly seconds: number } },
    running: RunningContainer,
    timeoutMs: number,
  ): Promise<string | undefined> {
    if (hook.sleep) {
      const { seconds } = hook.sleep
      await Promise.race([
        running.process.exited,
        new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref()),
      ])
      return undefined
    }
    try {
      const { ok, output } = await attemptAction(hook, this.#target(running), timeoutMs)
      return ok ? undefined : output
    } catch (error) {
      return String(error)
    }
  }

  #beginProbes(running: RunningContainer): void {
    const { startupProbe } = this.#container
    if (startupProbe) {
      const loop = this.#watch('Startup', startupProbe, running, () => {
        loop.stop()
        this.#onStarted(running)
      })
    } else this.#onStarted(running)
  }

  #onStarted(running: RunningContainer): void {
    const { readinessProbe, livenessProbe } = this.#container
    this.#started = true
    this.#resolveStarted()
    if (livenessProbe) this.#watch('Liveness', livenessProbe, running, () => undefined)
    if (readinessProbe) this.#watch('Readiness', readinessProbe, running, () => this.#setReady(true))
    else this.#ready = true
    this.#listener.changed()
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return
    this.#ready = ready
    this.#listener.changed()
  }

  #watch(kind: ProbeKind, probe: Probe, running: RunningContainer, onSuccess: () => void): ProbeLoop {
    const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
    const loop = new ProbeLoop(probe, () => attemptAction(probe, this.#target(running), timeoutMs), {
      onSuccess,
      onFailure: (output, decisive) => this.#onFailure(kind, output, decisive),
    })
    this.#loops.push(loop)
    return loop
  }

  #onFailure(kind: ProbeKind, output: string, decisive: boolean): void {
    this.#record('Warning', 'Unhealthy', `${kind} probe failed: ${output}`)
    if (!decisive) return
    if (kind === 'Readiness') {
      this.#setReady(false)
      return
    }
    for (const loop of this.#loops) loop.stop()
    const probe = kind.toLowerCase()
    this.#listener.kill(`Container ${this.#container.name} failed ${probe} probe, will be restarted`)
  }

  #target(running: RunningContainer): ActionTarget {
    return {
      container: this.#container,
      podIp: this.#host.facts.podIps[0] ?? '',
      network: this.#host.network,
      exec: (argv) => running.exec(argv),
    }
  }

  #record(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#host.record({ type, reason, message, fieldPath: `spec.containers{${this.#container.name}}` })
  }
}
