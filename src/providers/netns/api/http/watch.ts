import { apiVersionOf } from '../resources/definition.ts'
import { selectionOf } from '../select/selection.ts'
import { badRequest, resourceExpired } from '../status-error.ts'
import type { Change } from '../store/event-log.ts'
import type { KubeObject, WatchEventType } from '../types.ts'
import type { ApiCall, ApiContext } from './api-call.ts'
import { renderObject } from './render.ts'
import { tableOf } from './table.ts'

const BOOKMARK_INTERVAL_MS = 60_000
const DEFAULT_TIMEOUT_SECONDS = 3600
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' }

/**
 * Streams one JSON line per change. From `resourceVersion` 0 or none, or with `sendInitialEvents`, it begins with what
 * exists; from any other it continues there, or sends a 410 `ERROR` event where the changes since are no longer known.
 */
export function handleWatch({ store, closing }: ApiContext, call: ApiCall): undefined {
  const { definition, query, response } = call
  const selects = selectionOf(query, definition, call.namespace, call.name)
  const from = readRevision(query.get('resourceVersion') ?? '')
  const wantsInitial = query.get('sendInitialEvents') === 'true'
  const wantsBookmarks = query.get('allowWatchBookmarks') === 'true'
  let columnsSent = false

  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' })
  response.flushHeaders()
  const send = (type: string, object: unknown): void => {
    if (!response.writableEnded) response.write(`${JSON.stringify({ type, object })}\n`)
  }
  const sendObject = (type: WatchEventType, object: KubeObject): void => {
    if (call.format.as === 'Table') {
      const { resourceVersion } = object.metadata
      send(type, tableOf(definition, [object], { resourceVersion }, query, !columnsSent))
      columnsSent = true
    } else send(type, renderObject(definition, object, call.format, query))
  }
  const sendBookmark = (annotations?: Record<string, string>): void => {
    const metadata = {
      resourceVersion: String(store.revision),
      creationTimestamp: null,
      ...(annotations ? { annotations } : {}),
    }
    if (call.format.as === 'Table')
      send('BOOKMARK', { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: null, rows: [] })
    else send('BOOKMARK', { kind: definition.kind, apiVersion: apiVersionOf(definition), metadata })
  }
  const passOn = (change: Change): void => {
    const event = eventFor(change, selects)
    if (event !== undefined) sendObject(event.type, event.object)
  }

  let stop: (() => void) | undefined
  if (from === 0 || wantsInitial) {
    const { revision } = store
    for (const object of store.list(definition.resource).filter(selects)) sendObject('ADDED', object)
    if (wantsInitial && wantsBookmarks) sendBookmark(INITIAL_EVENTS_END)
    stop = store.follow(definition.resource, revision, passOn)
  } else stop = store.follow(definition.resource, from, passOn)
  if (stop === undefined) {
    send('ERROR', resourceExpired(`too old resource version: ${from} (${store.revision})`).status)
    response.end()
    return undefined
  }

  const end = (): void => {
    clearTimeout(timeout)
    clearInterval(bookmarks)
    stop?.()
    closing.removeEventListener('abort', end)
    response.end()
  }
  const seconds = Number(query.get('timeoutSeconds') ?? DEFAULT_TIMEOUT_SECONDS)
  const timeout = setTimeout(
    () => {
      if (wantsBookmarks) sendBookmark()
      end()
    },
    (seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1000,
  )
  const bookmarks = setInterval(() => (wantsBookmarks ? sendBookmark() : undefined), BOOKMARK_INTERVAL_MS)
  closing.addEventListener('abort', end)
  response.on('close', end)
  return undefined
}

function readRevision(text: string): number {
  if (text === '') return 0
  if (!/^\d+$/.test(text))
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  return Number(text)
}

/** What a watcher of a selection sees of a change: an object that stops matching is DELETED to it. */
function eventFor(
  { type, object, previous }: Change,
  selects: (object: KubeObject) => boolean,
): { type: WatchEventType; object: KubeObject } | undefined {
  const didMatch = previous !== undefined && selects(previous)
  if (type === 'DELETED') return didMatch || selects(object) ? { type, object } : undefined
  const matches = selects(object)
  if (matches) return { type: didMatch ? 'MODIFIED' : 'ADDED', object }
  return didMatch ? { type: 'DELETED', object } : undefined
}
