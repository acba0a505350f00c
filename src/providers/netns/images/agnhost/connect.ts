import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect as connectTcp } from 'node:net'
import { parseGoDuration } from '../../../../../helpers/go-duration.ts'
import { invalidInput, messageOf } from '../../../../errors.ts'
import { parseFlags } from './flags.ts'

const defaults = { timeout: '0', protocol: 'tcp', 'udp-data': 'hostname' }

/**
 * `agnhost connect HOST:PORT`: exits with 0 when a connection came about (UDP: when there was an answer), else with 1 and one of
 * TIMEOUT, REFUSED, DNS: … or OTHER: … on standard error.
 */
export async function connect(argv: readonly string[]): Promise<void> {
  const { flags, positional } = parseFlags(argv, defaults)
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(positional[0] ?? '')
  if (!match || positional.length !== 1) throw invalidInput('connect takes one HOST:PORT, for instance 10.0.0.1:80')
  const port = Number(match[3])
  const timeoutMs = Number(parseGoDuration(flags.timeout) / 1_000_000n)
  let address: string
  try {
    address = (await lookup(match[1] ?? match[2] ?? '')).address
  } catch (error) {
    return end(`DNS: ${messageOf(error)}`)
  }
  switch (flags.protocol) {
    case 'tcp':
      return tryTcp(address, port, timeoutMs)
    case 'udp':
      return tryUdp(address, port, timeoutMs, flags['udp-data'])
    default:
      return end(`OTHER: protocol ${flags.protocol} is not supported: expected tcp or udp`)
  }
}

function end(failure: string | undefined): void {
  if (failure === undefined) process.exit(0)
  process.stderr.write(`${failure}\n`, () => process.exit(1))
}

function tryTcp(address: string, port: number, timeoutMs: number): void {
  const socket = connectTcp({ host: address, port })
  if (timeoutMs > 0) setTimeout(() => end('TIMEOUT'), timeoutMs)
  socket.once('connect', () => end(undefined))
  socket.once('error', (error) => end(describe(error)))
}

function tryUdp(address: string, port: number, timeoutMs: number, data: string): void {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  if (timeoutMs > 0) setTimeout(() => end('TIMEOUT'), timeoutMs)
  socket.once('error', (error) => end(describe(error)))
  socket.once('message', () => end(undefined))
  // Only a connected socket hears of "port unreachable".
  socket.connect(port, address, () => socket.send(`${data}\n`))
}

function describe(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'REFUSED'
  return error.code === 'ETIMEDOUT' ? 'TIMEOUT' : `OTHER: ${error.message}`
}
