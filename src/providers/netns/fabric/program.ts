import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { PacketproofError } from '../../../errors.ts'

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Where a program is; says why it cannot be started, before anything is. Call inside its root file system.
 * @throws PacketproofError E_EXEC_FAILED
 */
export function findProgram(program: string | undefined, path: string, cwd: string): string {
  if (program === undefined || program === '') throw new PacketproofError('E_EXEC_FAILED', 'no program was given')
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new PacketproofError(
      'E_EXEC_FAILED',
      `could not start "${program}": no such directory to start it in: ${cwd}`,
    )
  }
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? program : join(cwd, program)]
    : path.split(':').map((directory) => join(directory === '' ? cwd : directory, program))
  const present = candidates.filter((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile() === true)
  if (present.length === 0) {
    const where = program.includes('/') ? '' : ` in PATH (${path})`
    throw new PacketproofError('E_EXEC_FAILED', `could not start "${program}": no such program${where} (ENOENT)`)
  }
  const executable = present.find(isExecutable)
  if (executable !== undefined) return executable
  throw new PacketproofError('E_EXEC_FAILED', `could not start "${program}": ${present[0]} is not executable (EACCES)`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
