import { waitFor } from '../../helpers/wait-for.ts'
import type { Host, HostProcess } from '../cluster/host.ts'
import { PacketproofError } from '../errors.ts'

const ECHO_MS = 2000

/** A TCP connection that stays, to a server that sends back what it is sent. */
export interface EchoConnection extends AsyncDisposable {
  /** Sends a line and returns the one that comes back; empty when none does within two seconds. */
  echo(line: string): Promise<string>
}

export async function openEchoConnection(
  from: Host,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<EchoConnection> {
  const child: HostProcess = await from.spawn(['nc.openbsd', '-n', address, String(port)], { signal })
  let received = ''
  child.stdout.on('data', (chunk: Buffer) => {
    received += chunk.toString()
  })
  child.stderr.resume()
  return {
    async echo(line) {
      received = ''
      child.stdin.write(`${line}\n`)
      try {
        await waitFor('the echo', () => received.endsWith('\n'), { timeoutMs: ECHO_MS, signal })
      } catch (error) {
        if (!(error instanceof PacketproofError && error.code === 'E_TIMEOUT')) throw error
      }
      return received.trim()
    },
    async [Symbol.asyncDispose]() {
      await child.kill('SIGKILL')
    },
  }
}
