import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

export interface VolumeFile {
  readonly content: Buffer
  readonly mode: number
}

/** Relative path to file. */
export type VolumeFiles = ReadonlyMap<string, VolumeFile>

/**
 * Makes the directory hold exactly these files, all of them at once, as a kubelet's atomic writer does: the files are written to
 * a fresh timestamped directory, the link `..data` is swapped to it by rename(2), and each visible name is a link through `..data`.
 */
export function writeAtomically(directory: string, files: VolumeFiles): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  const fresh = mkdtempSync(join(directory, `..${timestamp()}.`))
  chmodSync(fresh, 0o755)
  for (const [path, { content, mode }] of files) {
    const target = join(fresh, path)
    if (path.includes('/')) mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
    // Not as an option of the write: the umask would take bits away.
    chmodSync(target, mode)
  }
  const previous = linkTarget(join(directory, '..data'))
  symlinkSync(fresh.slice(directory.length + 1), join(directory, '..data_tmp'))
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
  updateVisibleLinks(directory, new Set([...files.keys()].map((path) => path.split('/')[0] ?? path)))
  if (previous !== undefined) rmSync(join(directory, previous), { recursive: true, force: true })
}

export function sameFiles(left: VolumeFiles, right: VolumeFiles): boolean {
  if (left.size !== right.size) return false
  for (const [path, file] of left) {
    const other = right.get(path)
    if (!other || other.mode !== file.mode || !other.content.equals(file.content)) return false
  }
  return true
}

function updateVisibleLinks(directory: string, wanted: ReadonlySet<string>): void {
  const present = new Set(readdirSync(directory).filter((name) => !name.startsWith('..')))
  for (const name of wanted) if (!present.has(name)) symlinkSync(join('..data', name), join(directory, name))
  for (const name of present) if (!wanted.has(name)) rmSync(join(directory, name))
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** As in `..2024_05_01_12_00_00.1234`. */
function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_')
}
