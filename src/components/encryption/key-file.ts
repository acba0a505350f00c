import { constants } from 'node:fs'
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidInput, messageOf } from '../../errors.ts'
import { checkPrivateKey, makePrivateKey } from './key-pair.ts'
import { deviceName } from './names.ts'

const OWNER_ONLY = 0o600

/** Where a node keeps its private key: 32 bytes as they are, readable by root alone. */
export function keyFilePath(stateDirectory: string): string {
  return join(stateDirectory, `${deviceName}.key`)
}

/**
 * The node's private key; a new one where there is none.
 * @throws PacketproofError E_INVALID_INPUT when the file holds no key, is a link, or cannot be read.
 */
export async function loadPrivateKey(stateDirectory: string): Promise<Buffer> {
  const path = keyFilePath(stateDirectory)
  const found = await readKey(path)
  return found === undefined ? await writeNewKey(stateDirectory) : checkPrivateKey(found, path)
}

/** Puts a new key in the place of the old one, and returns it. A running agent takes it up. */
export async function writeNewKey(stateDirectory: string): Promise<Buffer> {
  const key = makePrivateKey()
  const path = keyFilePath(stateDirectory)
  const fresh = `${path}.new`
  try {
    await mkdir(stateDirectory, { recursive: true, mode: 0o755 })
    await rm(fresh, { force: true })
    const file = await open(fresh, 'wx', OWNER_ONLY)
    try {
      await file.writeFile(key)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (cause) {
    throw invalidInput(`the key file ${path} cannot be written: ${messageOf(cause)}`, { cause })
  }
  return key
}

async function readKey(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw new Error('it is not a file')
      if ((stat.mode & 0o077) !== 0) await chmod(path, OWNER_ONLY)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    const why = code === 'ELOOP' ? 'it is a symbolic link' : messageOf(cause)
    throw invalidInput(`the key file ${path} cannot be read: ${why}`, { cause })
  }
}
