import { request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import type { SpawnedProcess } from '../../fabric/types.ts'
import type { Container } from '../objects.ts'
import type { NodeNetwork } from './node-network.ts'
import type { Probe, ProbeOutcome } from './probe-loop.ts'

/** The actions that probes and lifecycle hooks share. */
export type Action = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket'>

export interface ActionTarget {
  readonly container: Container
  readonly podIp: string
  readonly network: NodeNetwork
  exec(argv: readonly string[]): SpawnedProcess
}

/** As a kubelet truncates what a probe printed. */
const keptOutputBytes = 10 * 1024

/** Runs a probe's action once, with a kubelet's words for what went wrong. */
export async function attemptAction(action: Action, target: ActionTarget, timeoutMs: number): Promise<ProbeOutcome> {
  if (action.exec) return execAction(action.exec.command ?? [], target, timeoutMs)
  if (action.httpGet) return httpAction(action.httpGet, target, timeoutMs)
  if (action.tcpSocket) {
    const { host, port } = action.tcpSocket
    return tcpAction(addressOf(host, target), port, target, timeoutMs)
  }
  return { ok: false, output: 'this cluster has no such probe: expected exec, httpGet or tcpSocket' }
}

async function execAction(argv: readonly string[], target: ActionTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const process = target.exec(argv)
  const output: Buffer[] = []
  let size = 0
  const keep = (chunk: Buffer): void => {
    if (size < keptOutputBytes) output.push(chunk.subarray(0, keptOutputBytes - size))
    size += chunk.length
  }
  process.stdout.on('data', keep)
  process.stderr.on('data', keep)
  process.stdin.on('error', () => undefined)
  process.stdin.end()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    process.kill('SIGKILL')
  }, timeoutMs)
  const { exitCode } = await process.exited
  clearTimeout(timer)
  if (timedOut)
    return {
      ok: false,
      output: `command timed out: ${JSON.stringify(argv.join(' '))} timed out after ${timeoutMs / 1000}s`,
    }
  return { ok: exitCode === 0, output: Buffer.concat(output).toString('utf8') }
}

async function httpAction(
  get: NonNullable<Action['httpGet']>,
  target: ActionTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const port = portNumber(get.port, target.container)
  if (port === undefined) return unknownPort(get.port)
  const address = addressOf(get.host, target)
  const authority = `${address.includes(':') ? `[${address}]` : address}:${port}`
  const path = get.path?.startsWith('/') ? get.path : `/${get.path ?? ''}`
  const url = `${(get.scheme ?? 'HTTP').toLowerCase()}://${authority}${path}`
  const headers: Record<string, string> = {
    Host: authority,
    'User-Agent': 'kube-probe/1.32',
    Accept: '*/*',
    Connection: 'close',
  }
  for (const { name, value } of get.httpHeaders ?? []) headers[name === 'host' ? 'Host' : name] = value
  return new Promise((resolve) => {
    const socket = target.network.connect(address, port)
    const end = (outcome: ProbeOutcome): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    const fail = (why: string): void => end({ ok: false, output: `Get "${url}": ${why}` })
    const timer = setTimeout(
      () => fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)'),
      timeoutMs,
    )
    const failWith = (error: NodeJS.ErrnoException): void => fail(dialError(error, authority))
    socket.on('error', failWith)
    const stream: Socket = get.scheme === 'HTTPS' ? tlsConnect({ socket, rejectUnauthorized: false }) : socket
    const request = httpRequest({ createConnection: () => stream, path, headers }, (response) => {
      response.resume()
      const code = response.statusCode ?? 0
      const ok = code >= 200 && code < 400
      end({ ok, output: ok ? '' : `HTTP probe failed with statuscode: ${code}` })
    })
    request.on('error', failWith)
    request.end()
  })
}

async function tcpAction(
  address: string,
  wanted: number | string,
  target: ActionTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const port = portNumber(wanted, target.container)
  if (port === undefined) return unknownPort(wanted)
  const authority = `${address.includes(':') ? `[${address}]` : address}:${port}`
  return new Promise((resolve) => {
    const socket = target.network.connect(address, port)
    const end = (outcome: ProbeOutcome): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    const timer = setTimeout(() => end({ ok: false, output: `dial tcp ${authority}: i/o timeout` }), timeoutMs)
    socket.once('connect', () => end({ ok: true, output: '' }))
    socket.once('error', (error) => end({ ok: false, output: dialError(error, authority) }))
  })
}

/** A probe's host is an address; there is no name service to look anything else up in. */
function addressOf(host: string | undefined, target: ActionTarget): string {
  return host === 'localhost' ? '127.0.0.1' : host || target.podIp
}

function dialError(error: NodeJS.ErrnoException, authority: string): string {
  if (error.code === 'ECONNREFUSED') return `dial tcp ${authority}: connect: connection refused`
  if (error.code === 'EHOSTUNREACH') return `dial tcp ${authority}: connect: no route to host`
  if (error.code === 'ECONNRESET') return `read tcp ${authority}: connection reset by peer`
  return error.code === undefined || error.message === 'socket hang up'
    ? 'EOF'
    : `dial tcp ${authority}: ${error.message}`
}

function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port
  if (/^\d+$/.test(port)) return Number(port)
  return container.ports?.find(({ name }) => name === port)?.containerPort
}

function unknownPort(port: number | string): ProbeOutcome {
  return { ok: false, output: `couldn't find port "${port}" in the container's ports` }
}
