import { join } from 'node:path'
import { packageRoot } from '../../helpers/package-root.ts'

/** The command line of one of this project's agents on a host that has this program at the path that it has here. */
export function agentArgv(args: readonly string[]): readonly string[] {
  return [process.execPath, join(packageRoot(), 'bin/packetproof.mjs'), 'agent', ...args]
}
