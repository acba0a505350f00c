import { readFileSync } from 'node:fs'
import { PacketproofError } from '../../../errors.ts'

const maps = new Map<string, string>()

/** Written once in the life of a user namespace, before the cluster server runs in it. */
function readMap(kind: 'uid' | 'gid'): string {
  const map = maps.get(kind) ?? readFileSync(`/proc/self/${kind}_map`, 'utf8')
  maps.set(kind, map)
  return map
}

/** @throws PacketproofError E_NO_PRIVILEGE when this user namespace has no such user or group. */
export function checkUser(uid: number, gid: number): void {
  for (const [kind, id] of [
    ['uid', uid],
    ['gid', gid],
  ] as const) {
    if (isMapped(readMap(kind), id)) continue
    throw new PacketproofError('E_NO_PRIVILEGE', `${kind} ${id} does not exist in the cluster's user namespace`, {
      hint: 'Run as root, or install uidmap (sudo apt-get install -y uidmap) and give your user a range in /etc/subuid and /etc/subgid.',
    })
  }
}

/** A line of uid_map: first id inside, first id outside, how many. */
export function isMapped(map: string, id: number): boolean {
  return map
    .trim()
    .split('\n')
    .some((line) => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number)
      return id >= first && id < first + count
    })
}

export function mayDropGroups(): boolean {
  return !readFileSync('/proc/self/setgroups', 'utf8').startsWith('deny')
}
