import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ResourceDefinition } from '../resources/definition.ts'
import type { MemoryStore } from '../store/memory-store.ts'
import type { PodRuntime } from '../types.ts'
import type { Json } from '../wire.ts'
import type { AcceptedFormat } from './negotiate.ts'

/** What every handler works on. */
export interface ApiContext {
  readonly store: MemoryStore
  readonly runtime: PodRuntime
  /** Ends every watch, log and exec when the server closes. */
  readonly closing: AbortSignal
}

/** One request for a resource, after authentication, routing and negotiation. */
export interface ApiCall {
  readonly method: string
  readonly definition: ResourceDefinition
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
  readonly query: URLSearchParams
  readonly format: AcceptedFormat
  readonly contentType: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The parsed body; undefined when there is none. @throws StatusError 400 or 415 */
  readonly readBody: () => Promise<Json | undefined>
}

/** A handler's answer; a handler that streams writes by itself and returns undefined. */
export interface ApiResult {
  readonly code: number
  readonly body: unknown
  /** Texts of `Warning` headers. */
  readonly warnings?: readonly string[]
}

export type Handler = (context: ApiContext, call: ApiCall) => Promise<ApiResult | undefined> | ApiResult | undefined
