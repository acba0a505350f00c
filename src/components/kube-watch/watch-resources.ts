import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { invalidInput, messageOf, PacketproofError } from '../../errors.ts'
import { ApiError, ApiRequests } from './api-request.ts'
import { readJsonLines } from './json-lines.ts'
import { type KubeAccess, loadKubeAccess } from './kube-access.ts'
import { type ListResult, ResourceCache, type Watchable, type WatchEvent } from './resource-cache.ts'

export interface WatchResourcesOptions<T extends Watchable> {
  /** Of a list, for instance `/api/v1/nodes` or `/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-1`. */
  readonly path: string
  /** Default: the API as a pod sees it. */
  readonly access?: KubeAccess
  /**
   * Told everything there is, by `NAMESPACE/NAME` (or `NAME`): first once it has been listed, even when it is nothing, and then
   * after every change. Calls do not overlap; changes during a call come together afterwards.
   */
  onChange(objects: ReadonlyMap<string, T>): void | Promise<void>
  /** Told why there is no news; it is tried again by itself. */
  onError?(error: PacketproofError): void
  readonly signal: AbortSignal
}

/** A server ends a watch after this; a little later it is taken for dead. */
const WATCH_SECONDS = 300
const WATCH_GRACE_MS = 30_000
const LIST_TIMEOUT_MS = 60_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 10_000
/** A watch that ends sooner, and without news, counts as failed. */
const SHORTEST_WATCH_MS = 1000

/**
 * Lists and then watches a resource until the signal aborts, through lost connections (with growing pauses) and expired
 * resourceVersions (by listing anew).
 * @throws PacketproofError of `loadKubeAccess`, E_INVALID_INPUT when the path is not that of a list, and what `onChange` throws.
 */
export async function watchResources<T extends Watchable>(options: WatchResourcesOptions<T>): Promise<void> {
  const requests = new ApiRequests(options.access ?? (await loadKubeAccess()))
  try {
    for await (const objects of snapshots(requests, options)) await options.onChange(objects)
  } finally {
    requests.close()
  }
}

async function* snapshots<T extends Watchable>(
  requests: ApiRequests,
  options: WatchResourcesOptions<T>,
): AsyncGenerator<ReadonlyMap<string, T>> {
  const { path, signal } = options
  const cache = new ResourceCache<T>()
  for (let failures = 0; !signal.aborted; failures += 1) {
    if (failures > 0) await pause(failures, signal)
    const startedAtMs = performance.now()
    try {
      if (cache.resourceVersion === undefined) {
        cache.replace(await list<T>(requests, path, signal))
        yield cache.snapshot
      }
      for await (const events of watch<T>(requests, path, cache.resourceVersion ?? '', signal)) {
        const isNews = applyAll(cache, events)
        failures = -1
        if (isNews) yield cache.snapshot
      }
      if (performance.now() - startedAtMs > SHORTEST_WATCH_MS) failures = -1
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof PacketproofError && error.code === 'E_INVALID_INPUT') throw error
      // The objects are as they were while the server cannot be reached; after its own complaint they may not be.
      if (error instanceof ApiError || error instanceof SyntaxError) cache.resourceVersion = undefined
      const isExpiry = error instanceof ApiError && error.status === 410
      if (!isExpiry) options.onError?.(asPacketproofError(error, path))
    }
  }
}

function applyAll<T extends Watchable>(cache: ResourceCache<T>, events: readonly WatchEvent<T>[]): boolean {
  return events.map((event) => cache.apply(event)).includes(true)
}

async function list<T>(requests: ApiRequests, path: string, signal: AbortSignal): Promise<ListResult<T>> {
  const response = await requests.get(path, {}, AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]))
  let text = ''
  for await (const chunk of textOf(response)) text += chunk
  const result = JSON.parse(text) as ListResult<T> & { kind?: string }
  if (result.items === undefined)
    throw invalidInput(`${path} is not a list: it is a ${result.kind ?? 'something else'}`)
  return result
}

async function* watch<T>(
  requests: ApiRequests,
  path: string,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<readonly WatchEvent<T>[]> {
  const query = { watch: '1', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(WATCH_SECONDS) }
  const overdue = AbortSignal.timeout(WATCH_SECONDS * 1000 + WATCH_GRACE_MS)
  const response = await requests.get(path, query, AbortSignal.any([signal, overdue]))
  yield* readJsonLines<WatchEvent<T>>(textOf(response))
}

function textOf(response: IncomingMessage): AsyncIterable<string> {
  return response.setEncoding('utf8') as AsyncIterable<string>
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
  // Many agents lose one server at once: they must not all come back at once.
  await delay(ms * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() => undefined)
}

function asPacketproofError(error: unknown, path: string): PacketproofError {
  if (error instanceof PacketproofError) return error
  return new PacketproofError('E_API', `the watch of ${path} broke off: ${messageOf(error)}`, { cause: error })
}
