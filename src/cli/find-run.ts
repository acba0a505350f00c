import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { invalidInput } from '../errors.ts'
import { type Run, runSchema } from '../report/model.ts'

/**
 * The folder of the run that a person means: the folder itself when it holds `run.json`, else the newest folder in it that does.
 * @throws PacketproofError E_INVALID_INPUT when there is none.
 */
export function findRunDirectory(directory: string): string {
  if (existsSync(join(directory, 'run.json'))) return directory
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

/**
 * Reads `run.json` of a folder.
 * @throws PacketproofError E_INVALID_INPUT that names the place in the file.
 */
export function readRun(directory: string): Run {
  const path = join(directory, 'run.json')
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw invalidInput(`${path} is not JSON`, { cause: error })
  }
  const parsed = runSchema.safeParse(content)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw invalidInput(`${path}: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'not a run'}`)
}

function listFolders(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    throw invalidInput(`cannot read the folder ${directory}`, { cause: error })
  }
}
