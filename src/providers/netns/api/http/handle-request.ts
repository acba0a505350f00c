import type { IncomingMessage, ServerResponse } from 'node:http'
import { aggregatedDiscovery, discoveryDocuments } from '../discovery/documents.ts'
import { openApiDocument, openApiIndex } from '../discovery/openapi.ts'
import { openApiV2, openApiV2Types } from '../discovery/openapi-v2.ts'
import { noSuchResource, unauthorized } from '../status-error.ts'
import { versionInfoOf } from '../version-info.ts'
import type { ApiCall, ApiContext } from './api-call.ts'
import { isAuthenticated } from './authenticate.ts'
import { contentTypeOf, readBody } from './body.ts'
import { dispatch } from './dispatch.ts'
import { negotiate } from './negotiate.ts'
import { parseResourcePath } from './resource-path.ts'
import { respond, respondError, respondText } from './respond.ts'
import { answerReview, isReviewPath } from './reviews.ts'

interface RequestOptions {
  readonly context: ApiContext
  readonly token: string
  readonly version: string
  /** Answers a path of its own, after authentication; false when it is none of its. */
  readonly onRequest?: (path: string, request: IncomingMessage, response: ServerResponse) => boolean
}

const healthPaths = new Set(['/healthz', '/livez', '/readyz'])

/** The server's answer to every request that is not a WebSocket. */
export function createRequestHandler(
  options: RequestOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { definitions } = options.context.store
  const { version } = options
  const documents = new Map(discoveryDocuments(definitions))
  documents.set('/openapi/v3', openApiIndex(definitions, version))
  documents.set('/version', versionInfoOf(version))
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'https://localhost')
    const path = url.pathname.replace(/(.)\/+$/, '$1')
    if (healthPaths.has(path) || healthPaths.has(path.split('/').slice(0, 2).join('/'))) {
      return respondText(response, 200, 'ok')
    }
    if (!isAuthenticated(request, options.token)) throw unauthorized()
    if (options.onRequest?.(path, request, response) === true) return undefined
    if (path === '/openapi/v2' && request.headers.accept?.includes(openApiV2Types.accepted)) {
      return respondBytes(response, openApiV2Types.returned, openApiV2(definitions, version))
    }
    const format = negotiate(request.headers.accept)
    if (format.as === 'APIGroupDiscoveryList' && (path === '/api' || path === '/apis')) {
      const body = Buffer.from(JSON.stringify(aggregatedDiscovery(definitions, path)))
      return respondBytes(response, 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', body)
    }
    const document = documents.get(path)
    if (document !== undefined) return respond(response, { code: 200, body: document }, format.encoding)
    if (path.startsWith('/openapi/v3/')) {
      const body = await openApiDocument(definitions, path.slice('/openapi/v3/'.length), version)
      if (body !== undefined) return respond(response, { code: 200, body }, format.encoding)
    }
    if (request.method === 'POST' && isReviewPath(path)) {
      return respond(response, { code: 201, body: answerReview(path, await readBody(request)) }, format.encoding)
    }
    const call = callOf(options.context, path, url.searchParams, request, response)
    if (call === undefined) return respondText(response, 404, '404 page not found\n')
    const result = await dispatch(options.context, call)
    return result === undefined ? undefined : respond(response, result, format.encoding)
  }
  return async (request, response) => {
    try {
      await answer(request, response)
    } catch (error) {
      if (response.headersSent) response.destroy()
      else await respondError(response, error)
    }
  }
}

function respondBytes(response: ServerResponse, contentType: string, body: Buffer): void {
  response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': body.length })
  response.end(body)
}

function callOf(
  { store }: ApiContext,
  pathname: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): ApiCall | undefined {
  const path = parseResourcePath(pathname)
  if (path === undefined) return undefined
  const definition = store.definitions.find(
    ({ resource, group, version }) => resource === path.resource && group === path.group && version === path.version,
  )
  if (definition === undefined) throw noSuchResource()
  if (!definition.namespaced && path.namespace !== undefined) throw noSuchResource()
  if (definition.namespaced && path.namespace === undefined && path.name !== undefined) throw noSuchResource()
  return {
    ...path,
    method: request.method ?? 'GET',
    definition,
    query,
    format: negotiate(request.headers.accept),
    contentType: contentTypeOf(request),
    request,
    response,
    readBody: () => readBody(request),
  }
}
