import { badRequest } from '../status-error.ts'
import type { LogOptions } from '../types.ts'
import type { ApiCall, ApiContext } from './api-call.ts'
import { containerFor } from './container-choice.ts'
import { findObject } from './list.ts'

/** Streams a container's log as plain text. Errors before the first byte are Statuses. */
export async function handleLog(context: ApiContext, call: ApiCall): Promise<undefined> {
  const { response, query, namespace = '', name = '' } = call
  const pod = findObject(context, call)
  const container = containerFor(pod, query.get('container'))
  const stop = new AbortController()
  response.on('close', () => stop.abort())
  const options = readLogOptions(query, AbortSignal.any([stop.signal, context.closing]))
  const chunks = context.runtime.logs(namespace, name, container, options)[Symbol.asyncIterator]()
  const first = await chunks.next()
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' })
  response.flushHeaders()
  try {
    for (let step = first; step.done !== true && !stop.signal.aborted; step = await chunks.next()) {
      if (!response.write(step.value)) await drained(response, stop.signal)
    }
  } finally {
    await chunks.return?.()
    response.end()
  }
  return undefined
}

function readLogOptions(query: URLSearchParams, signal: AbortSignal): LogOptions {
  const flag = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '')
  const count = (name: string, least: number): number | undefined => {
    const text = query.get(name)
    if (text === null || text === '') return undefined
    const value = Number(text)
    if (Number.isInteger(value) && value >= least) return value
    throw badRequest(
      `PodLogOptions "" is invalid: ${name}: Invalid value: ${text}: must be greater than or equal to ${least}`,
    )
  }
  const tailLines = count('tailLines', 0)
  const limitBytes = count('limitBytes', 1)
  const sinceSeconds = count('sinceSeconds', 1) ?? secondsSince(query.get('sinceTime'))
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    signal,
  }
}

function secondsSince(time: string | null): number | undefined {
  if (time === null || time === '') return undefined
  const ms = Date.parse(time)
  if (Number.isNaN(ms)) throw badRequest(`sinceTime: Invalid value: ${JSON.stringify(time)}: must be an RFC 3339 time`)
  return Math.max(1, Math.ceil((Date.now() - ms) / 1000))
}

async function drained(response: ApiCall['response'], signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once('drain', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
