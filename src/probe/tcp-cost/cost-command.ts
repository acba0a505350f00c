import { isAddress } from '../../../helpers/cidr.ts'
import { exitCodeOf, messageOf, PacketproofError } from '../../errors.ts'
import { measure } from './measure.ts'
import { serve } from './serve.ts'

const help = `Usage: packetproof agent tcp-cost serve PORT [--transparent]
       packetproof agent tcp-cost measure ADDRESS PORT REQUESTS BYTES

Measures what TCP connections cost: the time until one byte is back, of each of REQUESTS connections, and the time that BYTES take on one.
Prints one line of JSON.
`

/** `packetproof agent tcp-cost`. @returns the exit code. */
export async function tcpCostCommand(argv: readonly string[]): Promise<number> {
  const [command, ...words] = argv
  try {
    if (command === 'serve') return await serve(number(words[0]), words[1] === '--transparent')
    if (command === 'measure') {
      const [address = '', port, requests, bytes] = words
      if (!isAddress(address)) throw new PacketproofError('E_USAGE', `"${address}" is not an address`)
      const cost = await measure(address, number(port), number(requests), number(bytes))
      process.stdout.write(`${JSON.stringify(cost)}\n`)
      return 0
    }
    process.stdout.write(help)
    return command === '--help' || command === '-h' ? 0 : 2
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`)
    return exitCodeOf(error)
  }
}

function number(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new PacketproofError('E_USAGE', `"${text ?? ''}" is not a number from 1`)
}
