import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PacketproofError } from '../../../errors.ts'
import { findTool } from './find-tool.ts'

export interface Certificate {
  readonly keyPem: string
  readonly certificatePem: string
}

const REQUEST =
  'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=packetproof -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout - -out -'

/** A self-signed certificate for 127.0.0.1 and localhost; its key has never been in a file. */
export async function makeCertificate(): Promise<Certificate> {
  const { stdout } = await promisify(execFile)(findTool('openssl') ?? 'openssl', REQUEST.split(' ')).catch(
    (cause: unknown) => {
      throw new PacketproofError('E_ENVIRONMENT', 'openssl could not make a certificate for the API server', { cause })
    },
  )
  const blocks = stdout.match(/-----BEGIN [A-Z ]+-----[\s\S]+?-----END [A-Z ]+-----\n/g) ?? []
  const find = (what: string): string => {
    const block = blocks.find((candidate) => candidate.includes(what))
    if (block === undefined) throw new PacketproofError('E_ENVIRONMENT', `openssl printed no ${what.toLowerCase()}`)
    return block
  }
  return { keyPem: find('PRIVATE KEY'), certificatePem: find('CERTIFICATE') }
}
