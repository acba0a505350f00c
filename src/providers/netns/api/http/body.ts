import type { IncomingMessage } from 'node:http'
import { messageOf } from '../../../../errors.ts'
import { decodeEnvelope } from '../protobuf/decode-envelope.ts'
import { badRequest, StatusError, unsupportedMediaType } from '../status-error.ts'
import type { Json } from '../wire.ts'

const MAX_BYTES = 3 * 1024 * 1024
const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

/** The media type of a request without its parameters, in lower case; JSON when there is none. */
export function contentTypeOf(request: IncomingMessage): string {
  const header = (request.headers['content-type'] ?? '').split(';')[0] ?? ''
  return header.trim().toLowerCase() || 'application/json'
}

/**
 * Reads and parses a body.
 * @throws StatusError 413 when it is too large, 415 for a media type that is not served, 400 when it does not parse.
 */
export async function readBody(request: IncomingMessage): Promise<Json | undefined> {
  const type = contentTypeOf(request)
  const isPatch = request.method === 'PATCH'
  const accepted = isPatch ? patchTypes : ['application/json', 'application/yaml', PROTOBUF]
  const bytes = await readBytes(request)
  if (bytes.length === 0) return undefined
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted)
  if (type === PROTOBUF) return decodeEnvelope(bytes)
  const text = bytes.toString('utf8')
  return type.endsWith('yaml') ? await parseYaml(text) : parseJson(text)
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // To the end, even so: breaking off would reset the connection, and nobody would read why.
    if (bytes <= MAX_BYTES) chunks.push(chunk)
  }
  if (bytes > MAX_BYTES) {
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BYTES}`)
  }
  return Buffer.concat(chunks)
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type JSON or YAML): couldn't get version/kind; json parse error: ${messageOf(error)}`,
    )
  }
}

async function parseYaml(text: string): Promise<Json> {
  const { parse } = await import('yaml')
  try {
    return parse(text) as Json
  } catch (error) {
    throw badRequest(`error decoding YAML: ${messageOf(error)}`)
  }
}
