import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PacketproofError } from '../../../errors.ts'
import { findTool } from './find-tool.ts'

export interface Certificate {
  readonly keyPem: string
  readonly certificatePem: string
}

const REQUEST =
  'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=packetproof -keyout - -out - -addext'

/** By which pods call the API. */
const SERVICE_NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc']

/**
 * A self-signed certificate for 127.0.0.1, localhost, the API's Service and further addresses; its key has never been in a file.
 */
export async function makeCertificate(addresses: readonly string[]): Promise<Certificate> {
  const names = ['localhost', ...SERVICE_NAMES].map((name) => `DNS:${name}`)
  const alternatives = [...['127.0.0.1', ...addresses].map((address) => `IP:${address}`), ...names].join(',')
  const argv = [...REQUEST.split(' '), `subjectAltName=${alternatives}`]
  const { stdout } = await promisify(execFile)(findTool('openssl') ?? 'openssl', argv).catch((cause: unknown) => {
    throw new PacketproofError('E_ENVIRONMENT', 'openssl could not make a certificate for the API server', { cause })
  })
  const blocks = stdout.match(/-----BEGIN [A-Z ]+-----[\s\S]+?-----END [A-Z ]+-----\n/g) ?? []
  const find = (what: string): string => {
    const block = blocks.find((candidate) => candidate.includes(what))
    if (block === undefined) throw new PacketproofError('E_ENVIRONMENT', `openssl printed no ${what.toLowerCase()}`)
    return block
  }
  return { keyPem: find('PRIVATE KEY'), certificatePem: find('CERTIFICATE') }
}
