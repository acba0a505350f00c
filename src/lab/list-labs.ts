import { readdirSync } from 'node:fs'
import { nearestName } from '../../helpers/nearest-name.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { labsFolder } from './lab-folder.ts'
import { type LabRecord, readRecord } from './lab-record.ts'
import { isAlive } from './process-identity.ts'

export interface ListedLab {
  readonly name: string
  /** `crashed`: its keeper is gone, and with it what it held. `unreadable`: see `problem`. */
  readonly state: 'running' | 'crashed' | 'unreadable'
  readonly record?: LabRecord
  readonly problem?: string
}

/** Every lab of this user, in the order of their names. */
export function listLabs(): ListedLab[] {
  return namesOfLabs().map((name) => {
    try {
      const record = readRecord(name)
      return { name, state: isAlive(record.keeper) ? 'running' : 'crashed', record }
    } catch (error) {
      return { name, state: 'unreadable', problem: messageOf(error) }
    }
  })
}

/**
 * The lab that is meant: the one of that name, or the only one there is.
 * @throws PacketproofError E_USAGE when there is none, or several and no name was given; E_ENVIRONMENT when it has crashed or cannot be read.
 */
export function findLab(name: string | undefined): LabRecord {
  const found = chooseLab(name)
  const record = readRecord(found)
  if (isAlive(record.keeper)) return record
  throw new PacketproofError('E_ENVIRONMENT', `the lab "${found}" has crashed: the process that kept it is gone`, {
    hint: `packetproof down ${found} clears what is left of it`,
  })
}

/** @throws PacketproofError E_USAGE as `findLab`. */
export function chooseLab(name: string | undefined): string {
  const names = namesOfLabs()
  if (names.length === 0) {
    throw new PacketproofError('E_USAGE', name === undefined ? 'there is no lab' : `there is no lab "${name}"`, {
      hint: 'packetproof up makes one',
    })
  }
  if (name !== undefined) {
    if (names.includes(name)) return name
    const meant = nearestName(name, names)
    throw new PacketproofError('E_USAGE', `there is no lab "${name}"`, {
      hint: meant === undefined ? `there are: ${names.join(', ')}` : `did you mean "${meant}"?`,
    })
  }
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  throw new PacketproofError('E_USAGE', `which lab? There are ${names.length}`, {
    hint: `--lab NAME, one of: ${names.join(', ')}`,
  })
}

function namesOfLabs(): string[] {
  try {
    return readdirSync(labsFolder()).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
