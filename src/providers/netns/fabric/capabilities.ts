import { invalidInput } from '../../../errors.ts'
import { systemTool } from './system-tool.ts'
import type { ContainerSpec } from './types.ts'
import { checkUser, mayDropGroups } from './users.ts'

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
  return argv.length === 0 ? [] : [systemTool('setpriv'), ...argv, '--']
}
