import type { Pod } from '../resources/pod.ts'
import { badRequest } from '../status-error.ts'
import type { KubeObject } from '../types.ts'

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container'

/**
 * The container that a log or exec request is about: the named one, the annotated default, or the only one.
 * @throws StatusError 400 when there is no such container, or no telling which.
 */
export function containerFor(object: KubeObject, asked: string | null): string {
  const pod = object as Pod
  const names = pod.spec.containers.map(({ name }) => name)
  const initNames = (pod.spec.initContainers ?? []).map(({ name }) => name)
  const all = [...initNames, ...names]
  const wanted = asked || pod.metadata.annotations?.[DEFAULT_CONTAINER]
  if (wanted && all.includes(wanted)) return wanted
  if (asked) throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`)
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  const initText = initNames.length === 0 ? '' : ` or one of the init containers: [${initNames.join(' ')}]`
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]${initText}`,
  )
}
