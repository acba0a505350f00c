import { selectionOf } from '../select/selection.ts'
import { badRequest, notFound } from '../status-error.ts'
import type { KubeObject } from '../types.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { type ListMeta, renderList, renderObject } from './render.ts'

export function handleGet({ store }: ApiContext, call: ApiCall): ApiResult {
  const { definition, format, query } = call
  const object = findObject({ store }, call)
  return { code: 200, body: renderObject(definition, object, format, query) }
}

/** The object that the request names. @throws StatusError 404 */
export function findObject(
  { store }: Pick<ApiContext, 'store'>,
  { definition, namespace, name = '' }: ApiCall,
): KubeObject {
  const object = store.get(definition.resource, namespace, name)
  if (object === undefined) throw notFound(definition, name)
  return object
}

export function handleList({ store }: ApiContext, call: ApiCall): ApiResult {
  const { definition, query, format } = call
  const selected = selectSorted(store.list(definition.resource, call.namespace), call)
  const { items, rest } = page(selected, query)
  const metadata: ListMeta = { resourceVersion: String(store.revision), ...rest }
  return { code: 200, body: renderList(definition, items, metadata, format, query) }
}

function selectSorted(objects: readonly KubeObject[], { query, definition, namespace }: ApiCall): KubeObject[] {
  const selects = selectionOf(query, definition, namespace)
  return objects.filter(selects).sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
}

/** The order of etcd's keys. */
const sortKey = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

function page(
  sorted: readonly KubeObject[],
  query: URLSearchParams,
): { items: readonly KubeObject[]; rest: { continue?: string; remainingItemCount?: number } } {
  const token = query.get('continue') ?? ''
  const start = token === '' ? undefined : readToken(token)
  const remaining = start === undefined ? sorted : sorted.filter((object) => sortKey(object) > start)
  const limit = Number(query.get('limit') ?? 0)
  if (!Number.isInteger(limit) || limit < 0)
    throw badRequest(`unable to decode query parameters: limit must be a number, got "${query.get('limit') ?? ''}"`)
  if (limit === 0 || remaining.length <= limit) return { items: remaining, rest: {} }
  const items = remaining.slice(0, limit)
  const last = items.at(-1)
  const next = Buffer.from(JSON.stringify({ v: 'v1', after: last && sortKey(last) })).toString('base64url')
  const counted = (query.get('labelSelector') ?? '') === '' && (query.get('fieldSelector') ?? '') === ''
  return {
    items,
    rest: { continue: next, ...(counted ? { remainingItemCount: remaining.length - limit } : {}) },
  }
}

function readToken(token: string): string {
  try {
    const { after } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { after?: unknown }
    if (typeof after === 'string') return after
  } catch {
    // Falls through: whatever it is, it is not ours.
  }
  throw badRequest('continue key is not valid: it is not one of this server')
}
