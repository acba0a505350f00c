import { chains } from './chains.ts'
import type { ByFamily, RuleBuilder } from './rule-builder.ts'

export interface OwnerRuleOptions {
  readonly loopback: ByFamily
  readonly tunnelPort: string
  readonly isDnsRedirected: boolean
  /** Whether what an app sends by lo is left alone. */
  readonly sparesApps: boolean
}

/**
 * What the proxy itself sends, by its user or its group: to its own pod it counts as incoming, anywhere else it is left alone,
 * or it would come back without end; and apps reach their own pod without the proxy.
 */
export function addOwnerRules(
  builder: RuleBuilder,
  flag: '--uid-owner' | '--gid-owner',
  owner: string,
  { loopback, tunnelPort, isDnsRedirected, sparesApps }: OwnerRuleOptions,
): void {
  const output = ['nat', chains.output] as const
  const isTunnelExcepted = isDnsRedirected && flag === '--uid-owner'
  const ports = isTunnelExcepted
    ? ['-m', 'multiport', '!', '--dports', `53,${tunnelPort}`]
    : ['!', '--dport', tunnelPort]
  const own = ['-m', 'owner', flag, owner]
  builder.append(...output, '-o', 'lo', '!', '-d', loopback, '-p', 'tcp', ...ports, ...own, '-j', chains.inRedirect)
  if (sparesApps) {
    // A DNS server on lo is to be captured.
    const exceptDns = isDnsRedirected ? ['-p', 'tcp', '!', '--dport', '53'] : []
    builder.append(...output, '-o', 'lo', ...exceptDns, '-m', 'owner', '!', flag, owner, '-j', 'RETURN')
  }
  builder.append(...output, ...own, '-j', 'RETURN')
}
