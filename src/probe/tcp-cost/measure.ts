import { connect } from 'node:net'
import { PacketproofError } from '../../errors.ts'

/** What connections to one place cost. */
export interface TcpCost {
  /** Of each connection: from the first packet until one byte has come back. */
  readonly latenciesUs: readonly number[]
  readonly bytes: number
  /** How long these took, on one connection. */
  readonly streamMs: number
}

const timeoutMs = 10_000
/** Those that find out how the code is to be compiled do not count. */
const warmUp = 20

/** Makes connections one after the other, and then one that carries much. @throws the error of a connection that fails. */
export async function measure(address: string, port: number, requests: number, bytes: number): Promise<TcpCost> {
  const latenciesUs: number[] = []
  for (let index = 0; index < requests + warmUp; index += 1) {
    const started = process.hrtime.bigint()
    await talk(address, port, 'x', 1)
    if (index >= warmUp) latenciesUs.push(Number(process.hrtime.bigint() - started) / 1000)
  }
  const started = process.hrtime.bigint()
  await talk(address, port, `STREAM ${bytes}\n`, bytes)
  return { latenciesUs, bytes, streamMs: Number(process.hrtime.bigint() - started) / 1_000_000 }
}

/** Resolves when as many bytes as expected have come. */
async function talk(host: string, port: number, request: string, expected: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let received = 0
    const socket = connect({ host, port, noDelay: true, timeout: timeoutMs }, () => socket.write(request))
    const fail = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    socket.on('data', (data: Buffer) => {
      received += data.length
      if (received < expected) return
      socket.destroy()
      resolve()
    })
    socket.on('error', fail)
    socket.on('timeout', () => fail(new PacketproofError('E_TIMEOUT', `no answer within ${timeoutMs} ms`)))
    socket.on('end', () => fail(new PacketproofError('E_EXEC_FAILED', `ended after ${received} of ${expected} bytes`)))
  })
}
