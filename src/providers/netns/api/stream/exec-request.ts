import { containerFor } from '../http/container-choice.ts'
import type { Pod } from '../resources/pod.ts'
import { badRequest } from '../status-error.ts'
import type { KubeObject } from '../types.ts'

/** What `pods/exec` is asked to run, and which streams to carry. */
export interface ExecRequest {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly argv: readonly string[]
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** Reads `PodExecOptions` from a query. @throws StatusError 400 */
export function readExecRequest(object: KubeObject, query: URLSearchParams): ExecRequest {
  const pod = object as Pod
  const flag = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '')
  const argv = query.getAll('command')
  if (argv.length === 0) throw badRequest('PodExecOptions "" is invalid: command: Required value')
  const container = containerFor(pod, query.get('container'))
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`)
  }
  if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  const tty = flag('tty')
  return {
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    container,
    argv,
    stdin: flag('stdin'),
    stdout: flag('stdout'),
    stderr: flag('stderr') && !tty,
    tty,
  }
}
