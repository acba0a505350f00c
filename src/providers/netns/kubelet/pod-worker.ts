import { join } from 'node:path'
import { messageOf } from '../../../errors.ts'
import type { ContainerSpec, RunningContainer, Sandbox } from '../fabric/types.ts'
import type { ImageResolution } from '../images/resolve-image.ts'
import { BackOff } from './back-off.ts'
import type { ContainerRole } from './container-command.ts'
import type { ContainerHost } from './container-host.ts'
import { ContainerRunner } from './container-runner.ts'
import { mountHostsFile } from './etc-hosts.ts'
import type { EventInput } from './event-recorder.ts'
import type { KubeletContext } from './kubelet-context.ts'
import { type Container, isTerminal, kubeTime, namespaceOf, type PodObject, type PodStatus } from './objects.ts'
import type { PodFacts } from './pod-fields.ts'
import { hostnameOf, sandboxSpec } from './pod-sandbox.ts'
import { computePodStatus } from './pod-status.ts'
import { PodVolumes } from './volumes/pod-volumes.ts'
import { referencedObjects } from './volumes/project-files.ts'

const sandboxBackOff = { firstMs: 500, maximumMs: 10_000 }
const volumeBackOff = { firstMs: 500, maximumMs: 10_000 }
const defaultGraceSeconds = 30

/** Runs one pod on its node, from the binding to the removal of its object. */
export class PodWorker implements ContainerHost {
  /** What it refers to, as `RESOURCE/NAMESPACE/NAME`. */
  readonly references: readonly string[]
  readonly initContainers: readonly ContainerRunner[]
  readonly containers: readonly ContainerRunner[]
  readonly volumes: PodVolumes
  readonly #context: KubeletContext
  readonly #folder: string
  readonly #startTime = kubeTime()
  #pod: PodObject
  #sandbox: Sandbox | undefined
  #podIps: readonly string[] = []
  #allEnded = false
  #isEnding = false
  #ending: Promise<void> | undefined
  #running: Promise<void> | undefined
  #stopWaiting: () => void = () => undefined

  constructor(context: KubeletContext, pod: PodObject) {
    this.#context = context
    this.#pod = pod
    this.references = referencedObjects(pod)
    this.#folder = join(context.fabric.statePath, 'pods', pod.metadata.uid)
    this.volumes = new PodVolumes(this.#folder, context.nodeRoot, () => ({
      store: this.store,
      pod: this.#pod,
      facts: this.facts,
      apiToken: context.apiToken,
    }))
    const runner = (container: Container, role: ContainerRole): ContainerRunner =>
      new ContainerRunner(container, role, this)
    this.initContainers = (pod.spec.initContainers ?? []).map((container) =>
      runner(container, container.restartPolicy === 'Always' ? 'sidecar' : 'init'),
    )
    this.containers = pod.spec.containers.map((container) => runner(container, 'main'))
  }

  get pod(): PodObject {
    return this.#pod
  }

  get store(): KubeletContext['store'] {
    return this.#context.store
  }

  get network(): KubeletContext['network'] {
    return this.#context.network
  }

  get facts(): PodFacts {
    const hostIps = this.#context.nodeAddresses
    const podIps = this.#pod.spec.hostNetwork ? hostIps : this.#podIps
    return { hostname: hostnameOf(this.#pod), podIps, hostIps }
  }

  start(): void {
    if (isTerminal(this.#pod)) return
    this.#running = this.#run().catch((error: unknown) => this.#context.onError(error))
  }

  /** The object changed. */
  update(pod: PodObject): void {
    const before = this.#pod
    this.#pod = pod
    if (before.metadata.labels !== pod.metadata.labels || before.metadata.annotations !== pod.metadata.annotations) {
      this.volumes.refresh()
    }
    if (pod.metadata.deletionTimestamp !== undefined) this.end(pod.metadata.deletionGracePeriodSeconds)
    else if (before.status?.conditions !== pod.status?.conditions) this.changed()
  }

  /** A ConfigMap or Secret that it refers to came, changed or went. */
  sourceChanged(): void {
    this.volumes.refresh()
    this.#stopWaiting()
    for (const runner of [...this.initContainers, ...this.containers]) runner.retry()
  }

  /** Stops everything and takes the object away. Asked again with less grace, it hurries. */
  end(graceSeconds: number = this.#pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds): void {
    if (this.#isEnding) {
      if (graceSeconds === 0)
        for (const { running } of [...this.initContainers, ...this.containers]) void running?.stop(0)
      return
    }
    this.#isEnding = true
    this.#stopWaiting()
    this.#ending = this.#tearDown(graceSeconds * 1000).catch((error: unknown) => this.#context.onError(error))
  }

  /** Resolves once nothing of it is left; for a pod that is not ending, at once. */
  async ended(): Promise<void> {
    await this.#ending
  }

  resolveImage(image: string): ImageResolution {
    return this.#context.resolveImage(image)
  }

  launch(spec: ContainerSpec): RunningContainer {
    if (!this.#sandbox) throw new Error('the pod has no sandbox')
    const hosts = mountHostsFile(this.#folder, this.#pod, this.facts)
    return this.#sandbox.startContainer({ ...spec, mounts: [...hosts, ...spec.mounts] })
  }

  record(event: Omit<EventInput, 'about'>): void {
    this.#context.events.record({ ...event, about: this.#pod })
  }

  changed(): void {
    this.#context.statuses.request(this)
  }

  computeStatus(): PodStatus {
    const { podIps, hostIps } = this.facts
    return computePodStatus(
      this.store.get<PodObject>('pods', namespaceOf(this.#pod), this.#pod.metadata.name) ?? this.#pod,
      {
        initContainers: this.initContainers.map(({ status }) => status),
        containers: this.containers.map(({ status }) => status),
        podIps: this.#podIps.length > 0 ? this.#podIps : this.#sandbox ? podIps : [],
        hostIps,
        hasSandbox: this.#sandbox !== undefined,
        startTime: this.#startTime,
        ended: this.#allEnded,
      },
    )
  }

  async #run(): Promise<void> {
    this.changed()
    if (!(await this.#mountVolumes())) return
    if (!(await this.#createSandbox())) return
    if (await this.#runInitContainers()) {
      for (const runner of this.containers) runner.start()
      await Promise.all(this.containers.map(({ ended }) => ended))
    }
    if (this.#isEnding) return
    await this.#stopContainers((this.#pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1000)
    if (this.#isEnding) return
    this.#allEnded = true
    this.changed()
    await this.#removeSandbox()
    this.changed()
  }

  async #mountVolumes(): Promise<boolean> {
    const backOff = new BackOff(volumeBackOff)
    while (!this.#isEnding) {
      const problems = this.volumes.prepare()
      if (problems.length === 0) return true
      for (const { message } of problems) this.record({ type: 'Warning', reason: 'FailedMount', message })
      await this.#wait(backOff.next())
    }
    return false
  }

  async #createSandbox(): Promise<boolean> {
    const backOff = new BackOff(sandboxBackOff)
    while (!this.#isEnding) {
      try {
        const sandbox = await this.#context.fabric.createSandbox(sandboxSpec(this.#pod))
        this.#sandbox = sandbox
        this.#podIps = sandbox.addresses
        this.changed()
        return !this.#isEnding
      } catch (error) {
        const message = `Failed to create pod sandbox: ${messageOf(error)}`
        this.record({ type: 'Warning', reason: 'FailedCreatePodSandBox', message })
      }
      await this.#wait(backOff.next())
    }
    return false
  }

  /** Whether all have succeeded. */
  async #runInitContainers(): Promise<boolean> {
    for (const runner of this.initContainers) {
      runner.start()
      const isSidecar = runner.container.restartPolicy === 'Always'
      await (isSidecar ? runner.untilStarted() : runner.ended)
      if (this.#isEnding) return false
      if (!isSidecar && runner.status.state?.terminated?.exitCode !== 0) return false
    }
    return true
  }

  /** The main containers first, then what is left of the init containers: sidecars. */
  async #stopContainers(graceMs: number): Promise<void> {
    const deadline = performance.now() + graceMs
    await Promise.all(this.containers.map(async (runner) => runner.stop(graceMs)))
    for (const runner of [...this.initContainers].reverse()) {
      await runner.stop(Math.max(0, deadline - performance.now()))
    }
  }

  async #tearDown(graceMs: number): Promise<void> {
    await this.#stopContainers(graceMs)
    // A sandbox that is being made right now must not outlive the pod.
    await this.#running
    this.#allEnded = true
    if (!isTerminal(this.#pod)) this.#context.statuses.writeNow(this)
    await this.#removeSandbox()
    this.volumes.remove()
    const { store } = this.#context
    const current = store.get<PodObject>('pods', namespaceOf(this.#pod), this.#pod.metadata.name)
    if (current?.metadata.uid === this.#pod.metadata.uid)
      store.remove('pods', namespaceOf(this.#pod), this.#pod.metadata.name)
  }

  async #removeSandbox(): Promise<void> {
    if (!this.#sandbox) return
    this.#sandbox = undefined
    await this.#context.fabric.removeSandbox(this.#pod.metadata.uid)
  }

  /** Until the delay is over, or something it waits for changed, or it must end. */
  async #wait(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      this.#stopWaiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
