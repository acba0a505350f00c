import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { StatusError } from '../status-error.ts'

/** Answers an upgrade request with an ordinary HTTP error. */
export function rejectUpgrade(socket: Duplex, { code, status }: StatusError): void {
  const body = JSON.stringify(status)
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.on('error', () => undefined)
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
