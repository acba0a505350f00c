import { readFileSync } from 'node:fs'
import { invalidInput, PacketproofError } from '../../../errors.ts'
import type { ContainerSpec } from './types.ts'

/** What a container has when its pod says nothing about capabilities: the default of containerd and Docker. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]

/** The `setpriv` command that gives the next program this user and these capabilities; empty when nothing is to change. */
export function capabilityArgv(spec: Pick<ContainerSpec, 'uid' | 'gid' | 'capabilities'>): string[] {
  checkUser(spec.uid, spec.gid)
  const argv: string[] = []
  if (spec.uid !== 0 || spec.gid !== 0) {
    const groups = mayDropGroups() ? '--clear-groups' : '--keep-groups'
    argv.push('--reuid', String(spec.uid), '--regid', String(spec.gid), groups)
  }
  if (spec.capabilities !== 'all') {
    const names = spec.capabilities.map((name) => {
      if (!/^[A-Z_]+$/.test(name)) {
        throw invalidInput(`"${name}" is not a capability: expected a name such as NET_ADMIN, without CAP_`)
      }
      return `+${name.toLowerCase()}`
    })
    argv.push('--inh-caps', '-all', '--bounding-set', ['-all', ...names].join(','))
  }
  return argv.length === 0 ? [] : ['/usr/bin/setpriv', ...argv, '--']
}

/** @throws PacketproofError E_NO_PRIVILEGE when this user namespace has no such user or group. */
export function checkUser(uid: number, gid: number): void {
  for (const [kind, id] of [
    ['uid', uid],
    ['gid', gid],
  ] as const) {
    if (isMapped(readFileSync(`/proc/self/${kind}_map`, 'utf8'), id)) continue
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

function mayDropGroups(): boolean {
  return !readFileSync('/proc/self/setgroups', 'utf8').startsWith('deny')
}
