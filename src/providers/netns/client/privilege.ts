import { readFileSync } from 'node:fs'
import { PacketproofError } from '../../../errors.ts'

/** How the cluster server gets the power to make namespaces. */
export type PrivilegeMode = 'root' | 'user-namespace'

const CAP_SYS_ADMIN = 21n
const CAP_NET_ADMIN = 12n

/** @throws PacketproofError E_NO_PRIVILEGE when this user cannot have it, naming why and what would help. */
export function choosePrivilegeMode(): PrivilegeMode {
  if (process.geteuid?.() !== 0) {
    const reason = forbiddenUserNamespaces()
    if (reason !== undefined) throw noPrivilege(reason)
    return 'user-namespace'
  }
  const effective = BigInt(`0x${statusField('CapEff')}`)
  const missing = [
    ...(effective & (1n << CAP_SYS_ADMIN) ? [] : ['CAP_SYS_ADMIN']),
    ...(effective & (1n << CAP_NET_ADMIN) ? [] : ['CAP_NET_ADMIN']),
  ]
  if (missing.length === 0) return 'root'
  throw new PacketproofError(
    'E_NO_PRIVILEGE',
    `the root user here lacks ${missing.join(' and ')}, as in a plain container`,
    {
      hint: 'Run the container with --privileged (docker run --privileged …), or run outside it.',
    },
  )
}

function statusField(name: string): string {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
}

interface Reason {
  readonly why: string
  readonly fix: string
}

/** Settings that forbid an ordinary user a user namespace whatever the program; undefined when none does. */
export function forbiddenUserNamespaces(): Reason | undefined {
  if (readSetting('user/max_user_namespaces') === '0') {
    return { why: 'user.max_user_namespaces is 0', fix: 'sudo sysctl -w user.max_user_namespaces=15000' }
  }
  if (readSetting('kernel/unprivileged_userns_clone') === '0') {
    return { why: 'kernel.unprivileged_userns_clone is 0', fix: 'sudo sysctl -w kernel.unprivileged_userns_clone=1' }
  }
  return undefined
}

/** Why making a user namespace failed, from what `unshare` or `newuidmap` said. */
export function explainUserNamespaceFailure(output: string): PacketproofError {
  const reason = forbiddenUserNamespaces()
  if (reason !== undefined) return noPrivilege(reason)
  if (readSetting('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return noPrivilege({
      why: 'AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1, as on Ubuntu 24.04)',
      fix: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    })
  }
  return noPrivilege({ why: output.trim() || 'the kernel refused without a reason', fix: 'run as root' })
}

function noPrivilege(reason: Reason): PacketproofError {
  return new PacketproofError(
    'E_NO_PRIVILEGE',
    `an ordinary user cannot make a cluster here, for want of a user namespace: ${reason.why}`,
    { hint: `Run as root (with sudo), or allow user namespaces: ${reason.fix}` },
  )
}

function readSetting(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
