import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { invalidInput } from '../../errors.ts'

const KEY_BYTES = 32
/** What PKCS #8 and SPKI put before the 32 bytes of an X25519 key (RFC 8410). */
const PKCS8_HEADER = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** A private key of WireGuard: 32 random bytes, clamped as `wg genkey` has them. */
export function makePrivateKey(): Buffer {
  const { privateKey } = generateKeyPairSync('x25519')
  const key = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-KEY_BYTES))
  key[0] = (key[0] ?? 0) & 248
  key[31] = ((key[31] ?? 0) & 127) | 64
  return key
}

/** The public key in base64, as `wg pubkey` prints it. */
export function publicKeyOf(privateKey: Buffer): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEADER, privateKey]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return spki.subarray(-KEY_BYTES).toString('base64')
}

/**
 * Checks a public key from elsewhere.
 * @param owner how the message begins, for instance `node "worker-1": annotation …`
 * @throws PacketproofError E_INVALID_INPUT
 */
export function checkPublicKey(text: string, owner: string): string {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text || bytes.length !== KEY_BYTES) {
    const found = bytes.toString('base64') === text ? `${bytes.length} bytes` : `"${text.slice(0, 60)}"`
    throw invalidInput(
      `${owner} is no WireGuard public key: expected 32 bytes in base64 (44 characters), found ${found}`,
    )
  }
  if (bytes.every((byte) => byte === 0))
    throw invalidInput(`${owner} is no WireGuard public key: all its bytes are zero`)
  return text
}

/** @throws PacketproofError E_INVALID_INPUT that begins with whose key it is, and never shows it. */
export function checkPrivateKey(key: Buffer, owner: string): Buffer {
  if (key.length !== KEY_BYTES) {
    throw invalidInput(`${owner} is no WireGuard private key: expected 32 bytes, found ${key.length}`, {
      hint: 'delete it, and a new key is made; the other nodes follow',
    })
  }
  if (key.every((byte) => byte === 0))
    throw invalidInput(`${owner} is no WireGuard private key: all its bytes are zero`)
  return key
}
