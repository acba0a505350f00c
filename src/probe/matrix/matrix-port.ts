import { nearestName } from '../../../helpers/nearest-name.ts'
import { PacketproofError } from '../../errors.ts'
import type { ProbeProtocol } from '../prober/protocol.ts'
import type { MatrixPort } from './types.ts'

const protocols: readonly ProbeProtocol[] = ['tcp', 'udp', 'sctp']

/** @throws PacketproofError E_USAGE that names the text. */
export function parseMatrixPort(text: string): MatrixPort {
  const [, name = '', digits = ''] = /^([a-z]+)\/(\d{1,5})$/i.exec(text.trim()) ?? []
  const protocol = protocols.find((known) => known === name.toLowerCase())
  const port = Number(digits)
  if (protocol !== undefined && port >= 1 && port <= 65_535) return { protocol, port }
  const near = name === '' || protocol !== undefined ? undefined : nearestName(name.toLowerCase(), protocols)
  throw new PacketproofError('E_USAGE', `"${text}" is not a port: expected PROTOCOL/NUMBER, for instance tcp/80`, {
    hint:
      near === undefined
        ? `protocols: ${protocols.join(', ')}; numbers: 1 to 65535`
        : `did you mean "${near}/${digits}"?`,
  })
}

/** `tcp/80`. */
export function printMatrixPort({ protocol, port }: MatrixPort): string {
  return `${protocol}/${port}`
}
