import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import { messageOf } from '../../../errors.ts'
import { explainUserNamespaceFailure } from './privilege.ts'

export interface IdRange {
  readonly first: number
  readonly count: number
}

/**
 * Gives a process that has just entered its own user namespace its users: root there is the caller here, and the others are
 * the caller's range of subordinate ids. Without a range, or without `newuidmap`, root is all there is.
 * @returns what was mapped, for people.
 * @throws PacketproofError E_NO_PRIVILEGE when the kernel refuses even that.
 */
export async function mapUsers(pid: number): Promise<'all users' | 'root only'> {
  const { username, uid, gid } = userInfo()
  const users = findSubordinateIds('/etc/subuid', username, uid)
  const groups = findSubordinateIds('/etc/subgid', username, uid)
  if (users !== undefined && groups !== undefined) {
    try {
      await mapWith('newuidmap', pid, uid, users)
      await mapWith('newgidmap', pid, gid, groups)
      return 'all users'
    } catch (error) {
      // A map can be written once: what is half done cannot be done differently.
      if (readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim() !== '')
        throw explainUserNamespaceFailure(messageOf(error))
    }
  }
  try {
    writeFileSync(`/proc/${pid}/setgroups`, 'deny')
    writeFileSync(`/proc/${pid}/uid_map`, `0 ${uid} 1\n`)
    writeFileSync(`/proc/${pid}/gid_map`, `0 ${gid} 1\n`)
    return 'root only'
  } catch (error) {
    throw explainUserNamespaceFailure(messageOf(error))
  }
}

async function mapWith(tool: string, pid: number, own: number, range: IdRange): Promise<void> {
  const mapping = [0, own, 1, 1, range.first, range.count].map(String)
  await promisify(execFile)(tool, [String(pid), ...mapping])
}

function findSubordinateIds(file: string, username: string, uid: number): IdRange | undefined {
  try {
    return parseSubordinateIds(readFileSync(file, 'utf8'), username, uid)
  } catch {
    return undefined
  }
}

/** The largest range of a user in subuid(5) or subgid(5): lines of `NAME-OR-UID:FIRST:COUNT`. */
export function parseSubordinateIds(text: string, username: string, uid: number): IdRange | undefined {
  let best: IdRange | undefined
  for (const line of text.split('\n')) {
    const [owner, first, count] = line.trim().split(':')
    if (owner !== username && owner !== String(uid)) continue
    const range = { first: Number(first), count: Number(count) }
    if (!Number.isSafeInteger(range.first) || !(range.count > 0)) continue
    if (best === undefined || range.count > best.count) best = range
  }
  return best
}
