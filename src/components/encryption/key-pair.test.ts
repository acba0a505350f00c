import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyFilePath, loadPrivateKey, writeNewKey } from './key-file.ts'
import { checkPublicKey, makePrivateKey, publicKeyOf } from './key-pair.ts'

describe('a key pair', () => {
  it('has the public key of RFC 7748, section 6.1', () => {
    const alice = Buffer.from('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a', 'hex')
    expect(Buffer.from(publicKeyOf(alice), 'base64').toString('hex')).toBe(
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    )
  })

  it('is new each time, and clamped as wg genkey has it', () => {
    const [first, second] = [makePrivateKey(), makePrivateKey()]
    expect(first).toHaveLength(32)
    expect(first.equals(second)).toBe(false)
    expect((first[0] ?? 0) & 7).toBe(0)
    expect((first[31] ?? 0) & 0xc0).toBe(0x40)
  })
})

describe('checkPublicKey', () => {
  const good = publicKeyOf(makePrivateKey())

  it('returns a key', () => expect(checkPublicKey(good, 'x')).toBe(good))

  it.each([
    ['too short', Buffer.alloc(31, 1).toString('base64'), 'found 31 bytes'],
    ['too long', Buffer.alloc(33, 1).toString('base64'), 'found 33 bytes'],
    ['zero', Buffer.alloc(32).toString('base64'), 'all its bytes are zero'],
    ['not base64', 'not a key', 'found "not a key"'],
    ['with a line end', `${good}\n`, 'found "'],
    ['in another base64', good.replaceAll('+', '-').replaceAll('/', '_').replace('=', ''), 'found "'],
    ['empty', '', 'found 0 bytes'],
  ])('refuses one that is %s', (_, text, complaint) => {
    expect(() => checkPublicKey(text, 'node "a": annotation')).toThrow(
      /^node "a": annotation is no WireGuard public key: /,
    )
    expect(() => checkPublicKey(text, 'x')).toThrow(complaint)
  })
})

describe('the key file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'packetproof-keys-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const path = (): string => keyFilePath(join(folder, 'state'))

  it('is made once, holds 32 raw bytes, and is for its owner alone', async () => {
    const key = await loadPrivateKey(join(folder, 'state'))
    expect(readFileSync(path()).equals(key)).toBe(true)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect((await loadPrivateKey(join(folder, 'state'))).equals(key)).toBe(true)
  })

  it('is closed to others again when somebody opened it', async () => {
    await writeNewKey(join(folder, 'state'))
    chmodSync(path(), 0o644)
    await loadPrivateKey(join(folder, 'state'))
    expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  it.each([0, 31, 33, 44])('is refused with %i bytes, without being shown', async (length) => {
    await writeNewKey(join(folder, 'state'))
    writeFileSync(path(), Buffer.alloc(length, 'k'))
    const message = `${path()} is no WireGuard private key: expected 32 bytes, found ${length}`
    await expect(loadPrivateKey(join(folder, 'state'))).rejects.toThrow(message)
  })

  it('is refused when it is a link', async () => {
    await writeNewKey(join(folder, 'state'))
    rmSync(path())
    symlinkSync('/etc/hostname', path())
    await expect(loadPrivateKey(join(folder, 'state'))).rejects.toThrow('cannot be read: it is a symbolic link')
  })
})
