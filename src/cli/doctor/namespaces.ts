import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { parseSubordinateIds } from '../../providers/netns/client/user-mapping.ts'
import type { CheckResult } from './check.ts'
import { runCommand } from './run-command.ts'

const isRoot = process.geteuid?.() === 0

/** Puts a command into fresh namespaces, as root there; an ordinary user gets a user namespace with all the users there are. */
export async function inFreshNamespaces(argv: readonly string[]): Promise<readonly string[]> {
  const user = isRoot ? [] : ['--user', '--map-root-user', ...((await canMapAll()) ? ['--map-auto'] : [])]
  return ['unshare', ...user, '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--', ...argv]
}

/** Whether commands there can change users, as tcpdump does: always as root, else with subordinate ids and util-linux 2.38. */
export async function canMapAll(): Promise<boolean> {
  return (
    isRoot || (missingRanges().length === 0 && (await runCommand(['unshare', '--help'])).output.includes('--map-auto'))
  )
}

export async function checkSubordinateIds(): Promise<CheckResult | readonly CheckResult[]> {
  if (isRoot) return []
  const name = 'subordinate ids'
  const { username } = userInfo()
  const missing = missingRanges()
  if (missing.length === 0)
    return { name, status: 'ok', detail: `${username} has ranges in /etc/subuid and /etc/subgid` }
  return {
    name,
    status: 'failed',
    detail: `${username} has no range in ${missing.join(' and ')}: pods have no users but root, and tcpdump cannot start`,
    fix: `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}`,
  }
}

function missingRanges(): readonly string[] {
  const { username, uid } = userInfo()
  return ['/etc/subuid', '/etc/subgid'].filter((path) => !hasRange(path, username, uid))
}

function hasRange(path: string, username: string, uid: number): boolean {
  try {
    return parseSubordinateIds(readFileSync(path, 'utf8'), username, uid) !== undefined
  } catch {
    return false
  }
}
