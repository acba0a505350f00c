import { chmodSync, existsSync, lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PacketproofError } from '../errors.ts'

/** The files of one lab. All are its owner's alone. */
export interface LabFiles {
  readonly folder: string
  readonly record: string
  readonly kubeconfig: string
  /** Where the keeper takes commands for hosts. */
  readonly socket: string
  /** The keeper's last words. */
  readonly log: string
}

const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** @throws PacketproofError E_USAGE for a name that is no DNS label of at most 40 characters. */
export function labFiles(name: string): LabFiles {
  if (!namePattern.test(name)) {
    throw new PacketproofError('E_USAGE', `"${name}" cannot be the name of a lab`, {
      hint: 'use at most 40 small letters, digits and dashes, for instance "demo-1"',
    })
  }
  const folder = join(labsFolder(), name)
  const file = (base: string): string => join(folder, base)
  return {
    folder,
    record: file('lab.json'),
    kubeconfig: file('kubeconfig'),
    socket: file('hosts.sock'),
    log: file('keeper.log'),
  }
}

/**
 * Where this user's labs are recorded: below $XDG_RUNTIME_DIR, root's below /run, else below /tmp. It is gone when the machine is
 * restarted, as the labs are.
 */
export function labsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const uid = process.getuid?.() ?? 0
  const runtime = env['XDG_RUNTIME_DIR']
  if (runtime !== undefined && runtime !== '' && existsSync(runtime)) return join(runtime, 'packetproof', 'labs')
  return uid === 0 ? '/run/packetproof/labs' : join('/tmp', `packetproof-${uid}`, 'labs')
}

/**
 * Makes the folder of a user's labs, closed to everybody else.
 * @throws PacketproofError E_ENVIRONMENT when somebody else has made it: they could read the credentials in it.
 */
export function makeLabsFolder(): string {
  const labs = labsFolder()
  const parent = join(labs, '..')
  for (const folder of [parent, labs]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const found = lstatSync(folder)
    if (!found.isDirectory() || found.uid !== process.getuid?.()) {
      throw new PacketproofError('E_ENVIRONMENT', `${folder} belongs to somebody else`, {
        hint: 'set XDG_RUNTIME_DIR to a folder of your own',
      })
    }
    chmodSync(folder, 0o700)
  }
  return labs
}
