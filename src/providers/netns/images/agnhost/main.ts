import { messageOf } from '../../../../errors.ts'
import { connect } from './connect.ts'
import { netexec } from './netexec.ts'
import { serveHostname } from './serve-hostname.ts'

/** A stand-in for the program of registry.k8s.io/e2e-test-images/agnhost: the subcommands that network tests use. */
const commands: Readonly<Record<string, (argv: readonly string[]) => void | Promise<void>>> = {
  connect,
  netexec,
  pause,
  'serve-hostname': serveHostname,
}

function pause(): void {
  process.stdout.write('Paused\n')
  setInterval(() => undefined, 2 ** 30)
}

function fail(message: string): void {
  process.stderr.write(`Error: ${message}\n`, () => process.exit(1))
}

// As process 1 of a container it would otherwise not react to either.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(0)
  })
}

const [name = '', ...argv] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command) {
  try {
    await command(argv)
  } catch (error) {
    fail(messageOf(error))
  }
} else {
  fail(`unknown command "${name}" for "agnhost": this stand-in knows ${Object.keys(commands).sort().join(', ')}`)
}
