import { join } from 'node:path'
import { packageRoot } from '../../helpers/package-root.ts'

/** The command line of one of this project's agents, for a host on which this machine's programs run (capability `host-images`). */
export function agentCommand(name: string): readonly string[] {
  return [process.execPath, join(packageRoot(), 'bin/packetproof.mjs'), 'agent', name]
}
