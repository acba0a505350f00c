import type { KubernetesObject, V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node'
import { invalidInput, messageOf } from '../../../errors.ts'
import { type InjectOptions, injectPod, type PodParts } from './inject-pod.ts'

/** An object after injection, and what became of each pod in it. */
export interface InjectedObject {
  readonly object: KubernetesObject
  readonly isChanged: boolean
  /** `Pod default/app: …` for each that stays as it is. */
  readonly notes: readonly string[]
}

type Tree = Record<string, unknown>

/** Where the pod template of a kind is; a kind that is not here has none. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ['template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  ...Object.fromEntries(
    ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Job'].map((kind) => [
      kind,
      ['spec', 'template'],
    ]),
  ),
}

/**
 * Gives the pods of any object the sidecar: a pod, what makes pods, or a list of such. What has no pods stays as it is.
 * @throws PacketproofError E_INVALID_INPUT that names the object.
 */
export function injectObject(object: KubernetesObject, options: InjectOptions = {}): InjectedObject {
  const { kind = '' } = object
  const items = (object as { items?: unknown }).items
  if (kind.endsWith('List') && Array.isArray(items)) {
    const injected = items.map((item) => injectObject(item as KubernetesObject, options))
    return {
      object: { ...object, items: injected.map((each) => each.object) } as KubernetesObject,
      isChanged: injected.some(({ isChanged }) => isChanged),
      notes: injected.flatMap(({ notes }) => notes),
    }
  }
  const path = Object.hasOwn(templatePaths, kind) ? templatePaths[kind] : undefined
  if (path === undefined) return { object, isChanged: false, notes: [] }
  try {
    return injectAt(object, path, options)
  } catch (error) {
    throw invalidInput(`${titleOf(object)}: ${messageOf(error)}`, { cause: error })
  }
}

function injectAt(object: KubernetesObject, path: readonly string[], options: InjectOptions): InjectedObject {
  const template = partAt(object as Tree, path)
  const spec = template['spec'] as V1PodSpec | undefined
  if (!Array.isArray(spec?.containers)) {
    throw invalidInput(`${[...path, 'spec', 'containers'].join('.')}: expected a list of containers`)
  }
  const metadata = template['metadata'] as V1ObjectMeta | null | undefined
  const { pod, skipped } = injectPod({ ...(metadata && { metadata }), spec }, options)
  if (pod === undefined) return { object, isChanged: false, notes: [`${titleOf(object)} stays as it is: ${skipped}`] }
  return { object: replacedAt(object as Tree, path, pod), isChanged: true, notes: [] }
}

function partAt(tree: Tree, path: readonly string[]): Tree {
  let part = tree
  for (const [at, name] of path.entries()) {
    const next = part[name]
    if (typeof next !== 'object' || next === null) {
      throw invalidInput(`${path.slice(0, at + 1).join('.')}: expected an object with the pod's template`)
    }
    part = next as Tree
  }
  return part
}

function replacedAt(tree: Tree, [name, ...rest]: readonly string[], pod: PodParts): Tree {
  if (name === undefined) return { ...tree, ...pod }
  return { ...tree, [name]: replacedAt(tree[name] as Tree, rest, pod) }
}

function titleOf({ kind = 'object', metadata }: KubernetesObject): string {
  const namespace = metadata?.namespace === undefined ? '' : `${metadata.namespace}/`
  return `${kind} ${namespace}${metadata?.name ?? metadata?.generateName ?? 'without a name'}`
}
