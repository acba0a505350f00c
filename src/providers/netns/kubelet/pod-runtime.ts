import { badRequest, internalError, notFound } from '../api/status-error.ts'
import type { LogOptions, PodRuntime } from '../api/types.ts'
import type { SpawnedProcess } from '../fabric/types.ts'
import type { ContainerRunner } from './container-runner.ts'
import type { LogBuffer } from './log-buffer.ts'
import type { PodObject } from './objects.ts'
import type { PodWorker } from './pod-worker.ts'

type FindWorker = (namespace: string, name: string) => PodWorker | undefined
type FindPod = (namespace: string, name: string) => PodObject | undefined

/** What `kubectl exec` and `kubectl logs` reach, with the errors the API server and a kubelet answer with. */
export function createPodRuntime(findWorker: FindWorker, findPod: FindPod): PodRuntime {
  const find = (namespace: string, name: string, wanted: string | undefined): ContainerRunner => {
    const pod = findPod(namespace, name)
    if (!pod) throw notFound({ resource: 'pods', group: '' }, name)
    const container = chooseContainer(pod, wanted)
    const worker = findWorker(namespace, name)
    if (!worker) throw badRequest(`pod ${name} does not have a host assigned`)
    const runner = [...worker.containers, ...worker.initContainers].find(
      ({ container: { name } }) => name === container,
    )
    if (!runner) throw badRequest(`container ${container} is not valid for pod ${name}`)
    return runner
  }
  return {
    exec: async (namespace, pod, container, argv, options) =>
      execIn(find(namespace, pod, container), argv, options.tty),
    logs: (namespace, pod, container, options) =>
      chooseLogs(find(namespace, pod, container), pod, options).read(options),
  }
}

function chooseContainer(pod: PodObject, wanted: string | undefined): string {
  const { name } = pod.metadata
  const names = pod.spec.containers.map((container) => container.name)
  const initNames = (pod.spec.initContainers ?? []).map((container) => container.name)
  if (wanted) {
    if (![...names, ...initNames].includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`)
    return wanted
  }
  const [only] = names
  if (names.length === 1 && initNames.length === 0 && only !== undefined) return only
  const orInit = initNames.length > 0 ? ` or one of the init containers: [${initNames.join(' ')}]` : ''
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${orInit}`)
}

function execIn(runner: ContainerRunner, argv: readonly string[], tty: boolean): SpawnedProcess {
  if (!runner.running) {
    throw internalError(new Error(`unable to upgrade connection: container not found ("${runner.container.name}")`))
  }
  return runner.running.exec(argv, { tty })
}

function chooseLogs(runner: ContainerRunner, pod: string, { previous }: LogOptions): LogBuffer {
  const { name } = runner.container
  const { state } = runner.status
  if (previous) {
    const logs = runner.running ? runner.previousLogs : (runner.previousLogs ?? runner.logs)
    if (!logs || runner.status.restartCount === 0) {
      throw badRequest(`previous terminated container "${name}" in pod "${pod}" not found`)
    }
    return logs
  }
  if (runner.logs) return runner.logs
  throw badRequest(`container "${name}" in pod "${pod}" ${whyNoLogs(state?.waiting?.reason)}`)
}

function whyNoLogs(reason: string | undefined): string {
  if (reason === undefined) return 'is terminated'
  if (reason === 'ErrImagePull') return "is waiting to start: image can't be pulled"
  if (reason === 'ImagePullBackOff') return 'is waiting to start: trying and failing to pull image'
  return `is waiting to start: ${reason}`
}
