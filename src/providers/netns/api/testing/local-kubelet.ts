import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { SpawnedProcess } from '../../fabric/types.ts'
import type { Pod } from '../resources/pod.ts'
import { badRequest } from '../status-error.ts'
import type { MemoryStore } from '../store/memory-store.ts'
import { timestamp } from '../store/names.ts'
import type { LogOptions, PodRuntime } from '../types.ts'

interface Run {
  readonly child: ChildProcess
  readonly lines: { readonly atMs: number; readonly text: string }[]
}

/**
 * Runs every pod's containers as processes of this machine, in no namespaces of their own: a kubelet, a scheduler and a
 * runtime in one, as small as the API server's tests can do with.
 */
export class LocalKubelet implements PodRuntime {
  readonly #store: MemoryStore
  /** The runs of `NAMESPACE/POD/CONTAINER`, oldest first. */
  readonly #runs = new Map<string, Run[]>()

  constructor(store: MemoryStore) {
    this.#store = store
    store.subscribe<Pod>('pods', ({ type, object: pod }) => {
      if (type !== 'ADDED' && pod.metadata.deletionTimestamp !== undefined) this.#end(pod, type !== 'DELETED')
      else if (type === 'ADDED') for (const container of pod.spec.containers) this.#start(pod, container.name)
    })
  }

  async exec(
    _namespace: string,
    _pod: string,
    _container: string | undefined,
    argv: readonly string[],
  ): Promise<SpawnedProcess> {
    const [file = '', ...args] = argv
    const child = spawn(file, args, { stdio: 'pipe' })
    const exited = once(child, 'exit').then(([exitCode, signal]) => ({ exitCode, signal }))
    exited.catch(() => undefined)
    try {
      await once(child, 'spawn')
    } catch {
      throw badRequest(`exec: "${file}": executable file not found in $PATH`)
    }
    const { stdin, stdout, stderr } = child
    return { pid: child.pid ?? 0, stdin, stdout, stderr, exited, kill: (signal) => void child.kill(signal) }
  }

  async *logs(
    namespace: string,
    pod: string,
    container: string | undefined,
    options: LogOptions,
  ): AsyncIterable<Buffer> {
    const runs = this.#runs.get(`${namespace}/${pod}/${container}`) ?? []
    const run = runs.at(options.previous ? -2 : -1)
    if (run === undefined) throw badRequest(`previous terminated container "${container}" in pod "${pod}" not found`)
    let next = options.tailLines === undefined ? 0 : Math.max(0, run.lines.length - options.tailLines)
    for (;;) {
      for (; next < run.lines.length; next += 1) {
        const line = run.lines[next]
        if (line !== undefined) {
          yield Buffer.from(
            options.timestamps ? `${new Date(line.atMs).toISOString()} ${line.text}\n` : `${line.text}\n`,
          )
        }
      }
      if (!options.follow || options.signal.aborted || run.child.exitCode !== null) return
      await Promise.race([
        once(run.child.stdout ?? run.child, 'data'),
        once(run.child, 'exit'),
        once(options.signal, 'abort'),
      ])
    }
  }

  /** Kills what still runs. */
  close(): void {
    for (const run of [...this.#runs.values()].flat()) run.child.kill('SIGKILL')
  }

  #start(pod: Pod, name: string): void {
    const { namespace = '' } = pod.metadata
    const container = pod.spec.containers.find((candidate) => candidate.name === name)
    const [file = 'sleep', ...args] = [...(container?.command ?? []), ...(container?.args ?? [])]
    const child = spawn(file, file === 'sleep' && args.length === 0 ? ['1000'] : args, {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const run: Run = { child, lines: [] }
    const key = `${namespace}/${pod.metadata.name}/${name}`
    const earlier = this.#runs.get(key) ?? []
    this.#runs.set(key, [...earlier, run])
    child.stdout.on('data', (data: Buffer) => {
      for (const text of data.toString().trimEnd().split('\n')) run.lines.push({ atMs: Date.now(), text })
    })
    child.on('exit', (code) => this.#report(pod, code ?? 137))
    this.#report(pod, undefined)
  }

  #report(pod: Pod, exitCode: number | undefined): void {
    const { namespace, name } = pod.metadata
    const at = timestamp()
    const restartPolicy = pod.spec.restartPolicy
    const state =
      exitCode === undefined
        ? { running: { startedAt: at } }
        : { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: at, finishedAt: at } }
    let runCount = 1
    const updated = this.#store.modify<Pod>('pods', namespace, name, (draft) => {
      draft.spec.nodeName = 'local'
      const phase = exitCode === undefined ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed'
      const ready = exitCode === undefined ? 'True' : 'False'
      draft.status = {
        ...draft.status,
        phase,
        podIP: '127.0.0.1',
        podIPs: [{ ip: '127.0.0.1' }],
        conditions: ['PodScheduled', 'Ready'].map((type) => ({ type, status: ready, lastTransitionTime: at })),
        containerStatuses: draft.spec.containers.map((container) => {
          runCount = this.#runs.get(`${namespace}/${name}/${container.name}`)?.length ?? 1
          return {
            name: container.name,
            image: container.image ?? '',
            imageID: '',
            ready: exitCode === undefined,
            restartCount: runCount - 1,
            state,
          }
        }),
      }
    })
    const again = exitCode !== undefined && restartPolicy === 'Always' && runCount < 2
    if (again && updated !== undefined && updated.metadata.deletionTimestamp === undefined) {
      for (const container of pod.spec.containers) this.#start(pod, container.name)
    }
  }

  #end(pod: Pod, exists: boolean): void {
    const { namespace = '', name } = pod.metadata
    for (const container of pod.spec.containers) {
      for (const run of this.#runs.get(`${namespace}/${name}/${container.name}`) ?? []) run.child.kill('SIGKILL')
    }
    if (exists) this.#store.remove('pods', namespace, name)
  }
}
