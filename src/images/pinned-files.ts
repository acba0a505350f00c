import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { messageOf, PacketproofError } from '../errors.ts'
import type { FilePin } from './pins.ts'

const DOWNLOAD_TIMEOUT_MS = 60_000

/** Where manifests and charts are kept between runs: below XDG_CACHE_HOME, or ~/.cache. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'packetproof')
}

/** Whether the file is in a folder, with the pinned content. */
export async function holdsFile(folder: string, pin: FilePin): Promise<boolean> {
  const path = join(folder, pin.fileName)
  return existsSync(path) && (await sha256Of(path)) === pin.sha256
}

/**
 * The path of a pinned file, fetched into the cache when it is not there yet.
 * @throws PacketproofError E_ENVIRONMENT when it cannot be fetched, or is not what was pinned
 */
export async function provideFile(pin: FilePin, signal?: AbortSignal): Promise<string> {
  const folder = cacheFolder()
  if (!(await holdsFile(folder, pin))) await download(pin, folder, signal)
  return join(folder, pin.fileName)
}

/** @throws PacketproofError E_ENVIRONMENT when the folder does not have it, with the pinned content */
export async function importFile(pin: FilePin, folder: string): Promise<void> {
  if (!(await holdsFile(folder, pin))) {
    throw new PacketproofError(
      'E_ENVIRONMENT',
      `${join(folder, pin.fileName)} is missing, or not the one that is pinned`,
      {
        hint: `expected the content of ${pin.url}, sha256 ${pin.sha256}`,
      },
    )
  }
  await mkdir(cacheFolder(), { recursive: true })
  await copyFile(join(folder, pin.fileName), join(cacheFolder(), pin.fileName))
}

async function download(pin: FilePin, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const deadline = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
  const content = await fetchBytes(pin.url, either)
  const actual = createHash('sha256').update(content).digest('hex')
  if (actual !== pin.sha256) {
    throw new PacketproofError('E_ENVIRONMENT', `${pin.url} is not the file that is pinned: its sha256 is ${actual}`, {
      hint: `expected ${pin.sha256}; something between here and there may have replaced it`,
    })
  }
  await mkdir(folder, { recursive: true })
  const draft = join(folder, `${pin.fileName}.${process.pid}`)
  try {
    await writeFile(draft, content)
    await rename(draft, join(folder, pin.fileName))
  } finally {
    await rm(draft, { force: true })
  }
}

async function fetchBytes(url: string, signal: AbortSignal): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal })
    if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`)
    return Buffer.from(await response.arrayBuffer())
  } catch (cause) {
    throw new PacketproofError('E_ENVIRONMENT', `cannot fetch ${url}: ${reasonOf(cause)}`, {
      hint: 'on a machine with internet run: packetproof images save FOLDER; here: packetproof images load FOLDER',
      cause,
    })
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause === undefined ? messageOf(error) : messageOf(cause)
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
