import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { messageOf, PacketproofError } from '../../../errors.ts'
import { type ServerConfiguration, type ServerEvent, STATUS_FD } from './configuration.ts'
import { serveCluster } from './serve-cluster.ts'

/** The first process of a cluster's PID namespace: when it ends, the kernel takes back everything that the cluster was. */

function tell(event: ServerEvent): void {
  writeSync(STATUS_FD, `${JSON.stringify(event)}\n`)
}

function fail(error: unknown): never {
  const isOurs = error instanceof PacketproofError
  try {
    tell({
      event: 'failed',
      code: isOurs ? error.code : 'E_INTERNAL',
      message: isOurs ? error.message : error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
      ...(isOurs && error.hint !== undefined ? { hint: error.hint } : {}),
    })
  } catch {
    // Nobody listens any more.
  }
  // After "ready" nobody waits for events: this is what the harness shows then.
  complain(error)
  process.exit(1)
}

/** On standard error, whose end the harness shows when the cluster dies. */
function complain(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}

process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

const input = createInterface({ input: process.stdin })
input.once('line', (line) => {
  serveCluster(JSON.parse(line) as ServerConfiguration, complain).then(
    (machines) => tell({ event: 'ready', machines }),
    fail,
  )
})
// The other end is held by the harness alone: however it died, this is how it shows.
input.once('close', () => process.exit(0))
