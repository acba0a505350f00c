import type { ServerResponse } from 'node:http'
import { internalError, StatusError } from '../status-error.ts'
import type { ApiResult } from './api-call.ts'

/** Writes one whole answer. */
export async function respond(
  response: ServerResponse,
  result: ApiResult,
  encoding: 'json' | 'yaml' = 'json',
): Promise<void> {
  if (response.headersSent || response.destroyed) return
  const text = encoding === 'yaml' ? await toYaml(result.body) : `${JSON.stringify(result.body)}\n`
  for (const warning of result.warnings ?? []) {
    response.appendHeader('Warning', `299 - ${JSON.stringify(warning)}`)
  }
  response.writeHead(result.code, {
    'Content-Type': `application/${encoding}`,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-cache, private',
  })
  response.end(text)
}

export async function respondText(response: ServerResponse, code: number, text: string): Promise<void> {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
  await new Promise<void>((resolve) => response.end(text, resolve))
}

/** Writes an error as a `Status`. */
export async function respondError(response: ServerResponse, error: unknown): Promise<void> {
  const { status, code } = toStatusError(error)
  if (status.details?.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', String(status.details.retryAfterSeconds))
  }
  await respond(response, { code, body: status })
}

export function toStatusError(error: unknown): StatusError {
  return error instanceof StatusError ? error : internalError(error)
}

async function toYaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml')
  // As version 1.1 has it, times and words such as `no` need quotes; kubectl and others still read that version.
  return stringify(value, { version: '1.1', sortMapEntries: true, lineWidth: 0 })
}
