import { mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { invalidInput } from '../errors.ts'

export interface RunFolder {
  readonly path: string
  /** Removes it and what was made on the way to it, as far as nobody else has put something there. */
  remove(): void
}

/**
 * Makes the folder of one run below the one that `--out` names.
 * @throws PacketproofError E_INVALID_INPUT when that is a file, or nothing can be written there.
 */
export function makeRunFolder(outDirectory: string, runId: string): RunFolder {
  const path = join(outDirectory, runId)
  const made: string[] = []
  // Level by level: `recursive` never returns on a file system that answers every mkdir with ENOENT, as /proc does.
  try {
    for (const folder of missingFolders(resolve(path))) {
      if (makeFolder(folder)) made.unshift(folder)
    }
  } catch (error) {
    removeEmpty(made)
    throw invalidInput(`--out "${outDirectory}": no folder can be made there`, {
      hint: 'name a folder that you may write to; it is made when it does not exist',
      cause: error,
    })
  }
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true })
      removeEmpty(made.slice(1))
    },
  }
}

/** From the outermost to the innermost. */
function missingFolders(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined || dirname(path) === path) return []
  return [...missingFolders(dirname(path)), path]
}

/** Whether this made it: another run may have done so at the same time. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder)
    } catch {
      return
    }
  }
}
