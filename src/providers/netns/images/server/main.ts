import { invalidInput, messageOf } from '../../../../errors.ts'
import { parseFlags } from '../agnhost/flags.ts'
import { serveHttpCommands, serveUdpCommands } from '../agnhost/netexec.ts'

/**
 * The program of packetproof/server: agnhost's netexec on any number of ports in one process, HTTP on those of `--tcp`, datagrams
 * on those of `--udp`, under the name that it is given.
 */
const defaults = { tcp: '', udp: '', name: '' }

function serve(argv: readonly string[]): void {
  const { flags, positional } = parseFlags(argv, defaults)
  if (positional[0] !== undefined) throw invalidInput(`unknown argument: ${positional[0]}`)
  const options = { isQuiet: true, ...(flags.name !== '' && { name: flags.name }) }
  for (const port of portsIn('tcp', flags.tcp)) serveHttpCommands(port, options)
  for (const port of portsIn('udp', flags.udp)) serveUdpCommands(port, options)
  // Without ports it is a pod that only asks.
  setInterval(() => undefined, 2 ** 30)
}

function portsIn(flag: string, text: string): readonly number[] {
  const words = text.split(',').filter((word) => word !== '')
  return words.map((word) => {
    const port = /^\d{1,5}$/.test(word) ? Number(word) : 0
    if (port >= 1 && port <= 65_535) return port
    throw invalidInput(`--${flag} "${word}": expected ports from 1 to 65535, separated by commas`)
  })
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))

try {
  serve(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`Error: ${messageOf(error)}\n`, () => process.exit(1))
}
