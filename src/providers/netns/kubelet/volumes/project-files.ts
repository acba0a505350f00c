import type { ObjectStore } from '../../api/types.ts'
import { type ConfigMapObject, namespaceOf, type PodObject, type PodSpec, type SecretObject } from '../objects.ts'
import { type PodFacts, resolvePodField, resourceField } from '../pod-fields.ts'
import type { VolumeFile, VolumeFiles } from './atomic-directory.ts'
import { VolumeError } from './volume-error.ts'

type Volume = NonNullable<PodSpec['volumes']>[number]
type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number]
type Item = { readonly key: string; readonly path: string; readonly mode?: number }
type DownwardItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number]

export interface ProjectionInput {
  readonly store: ObjectStore
  readonly pod: PodObject
  readonly facts: PodFacts
  /** The content of every service account token: the cluster lets in one token, and does not tell its bearers apart. */
  readonly apiToken: string
}

const defaultFileMode = 0o644

/**
 * The files of a configMap, secret, downwardAPI or projected volume; undefined for any other volume.
 * @throws VolumeError when an object or a key that is not optional is missing.
 */
export function projectFiles(input: ProjectionInput, volume: Volume): VolumeFiles | undefined {
  const { configMap, secret, downwardAPI, projected } = volume
  if (configMap) return configMapFiles(input, configMap, configMap.defaultMode ?? defaultFileMode)
  if (secret) {
    return secretFiles(input, { ...secret, name: secret.secretName ?? '' }, secret.defaultMode ?? defaultFileMode)
  }
  if (downwardAPI) return downwardFiles(input, downwardAPI.items ?? [], downwardAPI.defaultMode ?? defaultFileMode)
  if (!projected) return undefined
  const mode = projected.defaultMode ?? defaultFileMode
  return new Map((projected.sources ?? []).flatMap((source) => [...sourceFiles(input, source, mode)]))
}

/** The objects whose change changes the volume, as `RESOURCE/NAMESPACE/NAME`. */
export function referencedObjects(pod: PodObject): string[] {
  const namespace = namespaceOf(pod)
  const keys: string[] = []
  const note = (resource: string, name: string | undefined): void => {
    if (name) keys.push(`${resource}/${namespace}/${name}`)
  }
  for (const volume of pod.spec.volumes ?? []) {
    note('configmaps', volume.configMap?.name)
    note('secrets', volume.secret?.secretName)
    for (const source of volume.projected?.sources ?? []) {
      note('configmaps', source.configMap?.name)
      note('secrets', source.secret?.name)
    }
  }
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      note('configmaps', configMapRef?.name)
      note('secrets', secretRef?.name)
    }
    for (const { valueFrom } of container.env ?? []) {
      note('configmaps', valueFrom?.configMapKeyRef?.name)
      note('secrets', valueFrom?.secretKeyRef?.name)
    }
  }
  return keys
}

function sourceFiles(input: ProjectionInput, source: Projection, mode: number): VolumeFiles {
  if (source.configMap) return configMapFiles(input, source.configMap, mode)
  if (source.secret) return secretFiles(input, source.secret, mode)
  if (source.downwardAPI) return downwardFiles(input, source.downwardAPI.items ?? [], mode)
  if (source.serviceAccountToken) {
    return new Map([[source.serviceAccountToken.path, { content: Buffer.from(input.apiToken), mode }]])
  }
  // A trust bundle: the pods of this cluster have no use for it.
  return new Map()
}

interface ObjectSource {
  readonly name?: string
  readonly optional?: boolean
  readonly items?: readonly Item[]
}

function configMapFiles(input: ProjectionInput, source: ObjectSource, mode: number): VolumeFiles {
  const name = source.name ?? ''
  const object = input.store.get<ConfigMapObject>('configmaps', namespaceOf(input.pod), name)
  const contents = new Map<string, Buffer>()
  for (const [key, text] of Object.entries(object?.data ?? {})) contents.set(key, Buffer.from(text))
  for (const [key, text] of Object.entries(object?.binaryData ?? {})) contents.set(key, Buffer.from(text, 'base64'))
  return select('configmap', name, object && contents, source, mode)
}

function secretFiles(input: ProjectionInput, source: ObjectSource, mode: number): VolumeFiles {
  const name = source.name ?? ''
  const object = input.store.get<SecretObject>('secrets', namespaceOf(input.pod), name)
  const contents = new Map<string, Buffer>()
  for (const [key, text] of Object.entries(object?.data ?? {})) contents.set(key, Buffer.from(text, 'base64'))
  return select('secret', name, object && contents, source, mode)
}

function select(
  kind: string,
  name: string,
  contents: ReadonlyMap<string, Buffer> | undefined,
  source: ObjectSource,
  mode: number,
): VolumeFiles {
  if (!contents) {
    if (source.optional) return new Map()
    throw new VolumeError(`${kind} "${name}" not found`)
  }
  const items: readonly Item[] = source.items?.length
    ? source.items
    : [...contents.keys()].map((key) => ({ key, path: key }))
  const files = new Map<string, VolumeFile>()
  for (const item of items) {
    const content = contents.get(item.key)
    if (content) files.set(item.path, { content, mode: item.mode ?? mode })
    else if (!source.optional) throw new VolumeError(`${kind} references non-existent config key: ${item.key}`)
  }
  return files
}

function downwardFiles({ pod, facts }: ProjectionInput, items: readonly DownwardItem[], mode: number): VolumeFiles {
  const files = new Map<string, VolumeFile>()
  for (const { path, fieldRef, resourceFieldRef, mode: itemMode } of items) {
    const text = fieldRef
      ? resolvePodField(pod, fieldRef.fieldPath, facts)
      : resourceFieldRef
        ? resourceField(pod, undefined, resourceFieldRef)
        : ''
    files.set(path, { content: Buffer.from(text), mode: itemMode ?? mode })
  }
  return files
}
