import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { invalidInput } from '../errors.ts'

/**
 * The bytes of a file, or of standard input when it is named `-`, and what to call it in messages.
 * @throws PacketproofError E_INVALID_INPUT when it cannot be read.
 */
export async function readInput(path: string): Promise<{ readonly content: Buffer; readonly source: string }> {
  if (path === '-') return { content: await buffer(process.stdin), source: 'standard input' }
  try {
    return { content: await readFile(path), source: path }
  } catch (error) {
    throw invalidInput(`cannot read ${path}`, { cause: error })
  }
}
