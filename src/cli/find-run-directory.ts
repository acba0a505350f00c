import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { invalidInput } from '../errors.ts'

/**
 * The folder of the run that a person means: the folder itself when it holds `run.json`, else the newest folder in it that does;
 * the folder of a `run.json` that is named itself.
 * @throws PacketproofError E_INVALID_INPUT when there is none.
 */
export function findRunDirectory(directory: string): string {
  if (existsSync(join(directory, 'run.json'))) return directory
  if (statSync(directory, { throwIfNoEntry: false })?.isFile()) {
    if (basename(directory) === 'run.json') return dirname(directory)
    throw invalidInput(`${directory} is a file: expected the folder of a run, or its run.json`)
  }
  const newest = listFolders(directory)
    .map((name) => join(directory, name))
    .filter((folder) => existsSync(join(folder, 'run.json')))
    .map((folder) => ({ folder, changedMs: statSync(join(folder, 'run.json')).mtimeMs }))
    .sort((a, b) => b.changedMs - a.changedMs)[0]
  if (newest !== undefined) return newest.folder
  throw invalidInput(`there is no run.json in ${directory} or in a folder of it`, {
    hint: 'packetproof run writes one; name the folder that was given to it with --out',
  })
}

function listFolders(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    throw invalidInput(`cannot read the folder ${directory}`, { cause: error })
  }
}
