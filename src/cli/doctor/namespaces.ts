import { readFileSync } from 'node:fs'
import type { CheckResult } from './check.ts'
import { runCommand } from './run-command.ts'

const isRoot = process.getuid?.() === 0

/** Puts a command into fresh namespaces, as root there; an ordinary user gets a user namespace as well. */
export function inFreshNamespaces(argv: readonly string[]): readonly string[] {
  const user = isRoot ? [] : ['--user', '--map-root-user']
  return ['unshare', ...user, '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--', ...argv]
}

export async function checkNamespaces(): Promise<CheckResult> {
  const name = 'namespaces'
  const { exitCode, output } = await runCommand(inFreshNamespaces(['true']))
  if (exitCode === 0) return { name, status: 'ok', detail: isRoot ? 'made as root' : 'made in a user namespace' }
  return { name, status: 'failed', detail: `cannot be made: ${output}`, fix: namespaceFix() }
}

/** The switches by which distributions forbid user namespaces. */
function namespaceFix(): string {
  if (isRoot)
    return 'this container or machine lacks CAP_SYS_ADMIN: start it with --cap-add SYS_ADMIN --cap-add NET_ADMIN, or --privileged'
  const forbidding = [
    ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
    ['kernel.unprivileged_userns_clone', '0', '1'],
    ['user.max_user_namespaces', '0', '10000'],
  ].find(([key = '', bad]) => readSysctl(key) === bad)
  if (forbidding === undefined) return 'run as root'
  return `run as root, or allow user namespaces: sudo sysctl -w ${forbidding[0]}=${forbidding[2]}`
}

export async function checkSubordinateIds(): Promise<CheckResult | readonly CheckResult[]> {
  if (isRoot) return []
  const name = 'subordinate ids'
  const user = (await runCommand(['id', '-un'])).output
  const missing = ['/etc/subuid', '/etc/subgid'].filter((path) => !hasEntry(path, user))
  if (missing.length === 0) return { name, status: 'ok', detail: `${user} has a range in /etc/subuid and /etc/subgid` }
  return {
    name,
    status: 'warning',
    detail: `${user} has no range in ${missing.join(' and ')}: pods cannot run as users other than root`,
    fix: `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}`,
  }
}

function hasEntry(path: string, user: string): boolean {
  const owners = new Set((readIfThere(path) ?? '').split('\n').map((line) => line.split(':')[0]))
  return owners.has(user) || owners.has(String(process.getuid?.()))
}

function readSysctl(key: string): string | undefined {
  return readIfThere(`/proc/sys/${key.replaceAll('.', '/')}`)?.trim()
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
