import type { KubernetesObject } from '@kubernetes/client-node'
import { waitFor } from '../../helpers/wait-for.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { toClientModel } from './client-model.ts'
import type { KubeApi } from './cluster.ts'

const DELETE_TIMEOUT_MS = 60_000

type NamedObject = KubernetesObject & { metadata: { name: string; namespace?: string } }

/** Creates the object, or merges it into the one that exists (strategic merge, as `kubectl apply` does for built-in kinds). */
export async function applyObject(api: KubeApi, object: KubernetesObject): Promise<void> {
  const named = withName(toClientModel(object))
  const { PatchStrategy } = await import('@kubernetes/client-node')
  try {
    await api.objects.create(named)
  } catch (error) {
    if (statusCode(error) !== 409) throw apiError(error, 'create', named)
    const merge = PatchStrategy.StrategicMergePatch
    await api.objects.patch(named, undefined, undefined, 'packetproof', undefined, merge).catch((cause: unknown) => {
      throw apiError(cause, 'patch', named)
    })
  }
}

/** Deletes the object and waits until the API no longer knows it. */
export async function deleteObject(api: Pick<KubeApi, 'objects'>, object: KubernetesObject): Promise<void> {
  const named = withName(object)
  try {
    await api.objects.delete(named)
  } catch (error) {
    if (statusCode(error) === 404) return
    throw apiError(error, 'delete', named)
  }
  await waitFor(
    `${describe(named)} to be gone`,
    () =>
      api.objects.read(named).then(
        () => undefined,
        (error: unknown) => {
          if (statusCode(error) === 404) return true
          throw error
        },
      ),
    { timeoutMs: DELETE_TIMEOUT_MS },
  )
}

/** @returns undefined when the API knows no such object */
export async function readObject(api: KubeApi, object: KubernetesObject): Promise<KubernetesObject | undefined> {
  const named = withName(object)
  try {
    return await api.objects.read(named)
  } catch (error) {
    if (statusCode(error) === 404) return undefined
    throw apiError(error, 'read', named)
  }
}

function withName(object: KubernetesObject): NamedObject {
  if (object.metadata?.name === undefined) {
    throw new PacketproofError('E_API', `a ${object.kind ?? 'object'} without metadata.name can not be applied`)
  }
  return object as NamedObject
}

function describe(object: NamedObject): string {
  const namespace = object.metadata.namespace === undefined ? '' : `${object.metadata.namespace}/`
  return `${object.kind ?? 'object'} ${namespace}${object.metadata.name}`
}

function statusCode(error: unknown): number | undefined {
  return (error as { code?: number }).code
}

function apiError(error: unknown, verb: string, object: NamedObject): PacketproofError {
  const body = (error as { body?: unknown }).body
  const status = typeof body === 'string' ? messageInStatus(body) : undefined
  return new PacketproofError('E_API', `could not ${verb} ${describe(object)}: ${status ?? messageOf(error)}`, {
    cause: error,
  })
}

function messageInStatus(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { message?: string }).message
  } catch {
    return undefined
  }
}
