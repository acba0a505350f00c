import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { dial } from './dial.ts'
import { parseFlags } from './flags.ts'
import { fail, formatPeer, serveUdp } from './listen.ts'

const defaults = { 'http-port': 8080, 'udp-port': 8081, 'sctp-port': -1, 'http-override': '', 'delay-shutdown': 0 }

/** `agnhost netexec`: an HTTP and a UDP server that tell who answers, and whom they see. A port of -1 turns one off. */
export function netexec(argv: readonly string[]): void {
  const { flags } = parseFlags(argv, defaults)
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), flags['delay-shutdown'] * 1000))
  if (flags['http-port'] !== -1) serveHttpCommands(flags['http-port'], { override: flags['http-override'] })
  if (flags['udp-port'] !== -1) serveUdpCommands(flags['udp-port'])
  if (flags['sctp-port'] !== -1) {
    process.stderr.write(
      `--sctp-port ${flags['sctp-port']} is not served: this stand-in for agnhost has no SCTP sockets; HTTP and UDP are served\n`,
    )
  }
}

interface ServingOptions {
  /** The path and query that every request is taken to have. */
  readonly override?: string
  /** What the server says it is called. Default: the machine's host name. */
  readonly name?: string
  /** Log no request. */
  readonly isQuiet?: boolean
}

/** netexec's HTTP server. One that cannot listen ends the program. */
export function serveHttpCommands(port: number, options: ServingOptions = {}): void {
  const server = createServer((request, response) => answerHttp(request, response, options))
  server.once('error', fail)
  server.listen(port, () => process.stdout.write(`Started HTTP server on port ${port}\n`))
}

/** netexec's UDP server. */
export function serveUdpCommands(port: number, { name = hostname() }: Pick<ServingOptions, 'name'> = {}): void {
  serveUdp(port, (message, peer) => answerUdp(message, peer, name))
  process.stdout.write(`Started UDP server on port ${port}\n`)
}

function answerHttp(request: IncomingMessage, response: ServerResponse, options: ServingOptions): void {
  const url = new URL(options.override || (request.url ?? '/'), 'http://agnhost')
  if (options.isQuiet !== true) process.stdout.write(`${request.method} ${url.pathname}${url.search}\n`)
  const { searchParams } = url
  switch (url.pathname) {
    case '/':
      return send(response, `NOW: ${new Date().toISOString()}`)
    case '/clientip':
      return send(response, formatPeer(request.socket.remoteAddress, request.socket.remotePort))
    case '/dial':
      return void dial(searchParams).then((answer) => send(response, JSON.stringify(answer)))
    case '/echo':
      return send(response, searchParams.get('msg') ?? '', statusCode(searchParams.get('code')))
    case '/exit':
      return endProgram(response, searchParams)
    case '/header':
      return send(response, headerOf(request, searchParams.get('key') ?? ''))
    case '/healthz':
      return send(response, '')
    case '/hostname':
    case '/hostName':
      return send(response, options.name ?? hostname())
    default:
      return send(response, '404 page not found\n', 404)
  }
}

function send(response: ServerResponse, body: string, code = 200): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

function statusCode(text: string | null): number {
  const code = Number(text ?? 200)
  return Number.isInteger(code) && code >= 200 && code <= 599 ? code : 200
}

function headerOf(request: IncomingMessage, key: string): string {
  const value = request.headers[key.toLowerCase()] ?? ''
  return Array.isArray(value) ? value.join(', ') : value
}

function endProgram(response: ServerResponse, parameters: URLSearchParams): void {
  const code = Number(parameters.get('code') ?? 0)
  response.once('finish', () => process.exit(Number.isInteger(code) ? code & 255 : 0))
  send(response, '')
}

/** The three commands of upstream's UDP server; anything else is logged and not answered. */
function answerUdp(message: string, peer: string, name: string): string | undefined {
  const text = message.trim()
  const command = text.toLowerCase()
  if (command === 'hostname') return name
  if (command === 'clientip') return peer
  if (command.startsWith('echo ')) return text.slice('echo '.length)
  if (text !== '') process.stdout.write(`Unknown UDP command received from ${peer}: ${text}\n`)
  return undefined
}
