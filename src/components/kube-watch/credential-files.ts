import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ErrorCode, messageOf, PacketproofError } from '../../errors.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
}

/** @param what the file is for. @throws PacketproofError `WHAT: cannot read PATH: REASON`. */
export function readTextFile(
  path: string,
  what: string,
  { code, hint }: { readonly code: ErrorCode; readonly hint?: string },
): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = reasons[(cause as NodeJS.ErrnoException).code ?? ''] ?? messageOf(cause)
    throw new PacketproofError(code, `${what}: cannot read ${path}: ${reason}`, {
      cause,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

/** The text, once it is known to begin with a certificate that can be read. @throws PacketproofError */
export function certificatesIn(pem: string, what: string, code: ErrorCode): string {
  try {
    void new X509Certificate(pem)
    return pem
  } catch (cause) {
    throw new PacketproofError(code, `${what}: expected certificates in PEM (-----BEGIN CERTIFICATE-----)`, { cause })
  }
}
