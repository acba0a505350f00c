import type { ObjectStore } from '../api/types.ts'
import { apiEnvironment } from './api-environment.ts'
import { expandVariables } from './expand-variables.ts'
import { type ConfigMapObject, type Container, namespaceOf, type PodObject, type SecretObject } from './objects.ts'
import { type PodFacts, resolvePodField, resourceField } from './pod-fields.ts'
import { serviceEnvironment } from './service-environment.ts'

/** The reason a container waits with until what its configuration refers to is there (`CreateContainerConfigError`). */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError'
}

type Environment = Record<string, string>
type Variable = NonNullable<Container['env']>[number]
type Source = NonNullable<Container['envFrom']>[number]

/**
 * A container's variables: its image's, those of the API and of the services in its namespace, then `envFrom` in order, then `env` in order (each may refer to those before it).
 * @throws ContainerConfigError when a ConfigMap, a Secret or a key that is not optional is missing.
 */
export function resolveEnvironment(
  store: ObjectStore,
  pod: PodObject,
  container: Container,
  facts: PodFacts,
  imageEnvironment: Readonly<Environment>,
): Environment {
  const environment: Environment = { HOSTNAME: facts.hostname, ...imageEnvironment }
  const declared: Environment = {
    ...apiEnvironment(store, pod),
    ...(pod.spec.enableServiceLinks === false ? {} : serviceEnvironment(store, namespaceOf(pod))),
  }
  for (const source of container.envFrom ?? []) Object.assign(declared, readSource(store, namespaceOf(pod), source))
  for (const variable of container.env ?? []) {
    const value = readVariable(store, pod, container, facts, variable, declared)
    if (value !== undefined) declared[variable.name] = value
  }
  return Object.assign(environment, declared)
}

function readSource(store: ObjectStore, namespace: string, source: Source): Environment {
  const prefix = source.prefix ?? ''
  const found: [string, string][] = []
  if (source.configMapRef) {
    const name = source.configMapRef.name ?? ''
    const object = store.get<ConfigMapObject>('configmaps', namespace, name)
    if (!object && !source.configMapRef.optional) throw new ContainerConfigError(`configmap "${name}" not found`)
    found.push(...Object.entries(object?.data ?? {}))
  }
  if (source.secretRef) {
    const name = source.secretRef.name ?? ''
    const object = store.get<SecretObject>('secrets', namespace, name)
    if (!object && !source.secretRef.optional) throw new ContainerConfigError(`secret "${name}" not found`)
    for (const [key, value] of Object.entries(object?.data ?? {})) found.push([key, decodeBase64(value)])
  }
  return Object.fromEntries(found.map(([key, value]) => [prefix + key, value]))
}

function readVariable(
  store: ObjectStore,
  pod: PodObject,
  container: Container,
  facts: PodFacts,
  variable: Variable,
  declared: Readonly<Environment>,
): string | undefined {
  const from = variable.valueFrom
  if (!from) return expandVariables(variable.value ?? '', declared)
  if (from.fieldRef) return resolvePodField(pod, from.fieldRef.fieldPath, facts)
  if (from.resourceFieldRef) return resourceField(pod, container, from.resourceFieldRef)
  if (from.configMapKeyRef) return readKey(store, 'configmaps', namespaceOf(pod), from.configMapKeyRef)
  if (from.secretKeyRef) return readKey(store, 'secrets', namespaceOf(pod), from.secretKeyRef)
  return ''
}

function readKey(
  store: ObjectStore,
  resource: 'configmaps' | 'secrets',
  namespace: string,
  ref: { readonly name?: string; readonly key: string; readonly optional?: boolean },
): string | undefined {
  const name = ref.name ?? ''
  const object = store.get<ConfigMapObject | SecretObject>(resource, namespace, name)
  const value = object?.data?.[ref.key]
  if (value !== undefined) return resource === 'secrets' ? decodeBase64(value) : value
  if (ref.optional) return undefined
  if (!object) throw new ContainerConfigError(`${resource.slice(0, -1)} "${name}" not found`)
  const kind = resource === 'secrets' ? 'Secret' : 'ConfigMap'
  throw new ContainerConfigError(`couldn't find key ${ref.key} in ${kind} ${namespace}/${name}`)
}

function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8')
}
