import type { TableName } from './rule-tables.ts'

/** A rule of a built-in chain that leads to one of kube-proxy's. */
export interface Jump {
  readonly table: TableName
  readonly chain: 'INPUT' | 'FORWARD' | 'OUTPUT' | 'PREROUTING' | 'POSTROUTING'
  /** The text after `-A CHAIN `. */
  readonly rule: string
}

const isNew = '-m conntrack --ctstate NEW'

/**
 * As kube-proxy 1.33 makes them: each is put first into its chain, in this order, so that the last of a chain ends up as its
 * first rule.
 */
const jumps: readonly Jump[] = [
  ...(['INPUT', 'FORWARD'] as const).map((chain) =>
    jump('filter', chain, 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', isNew),
  ),
  jump('filter', 'INPUT', 'KUBE-NODEPORTS', 'kubernetes health check service ports'),
  ...(['FORWARD', 'OUTPUT'] as const).map((chain) =>
    jump('filter', chain, 'KUBE-SERVICES', 'kubernetes service portals', isNew),
  ),
  jump('filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules'),
  ...(['INPUT', 'OUTPUT', 'FORWARD'] as const).map((chain) =>
    jump('filter', chain, 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', isNew),
  ),
  ...(['OUTPUT', 'PREROUTING'] as const).map((chain) =>
    jump('nat', chain, 'KUBE-SERVICES', 'kubernetes service portals'),
  ),
  jump('nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules'),
]

const localhostJumps: readonly Jump[] = (['INPUT', 'OUTPUT'] as const).map((chain) => ({
  table: 'filter',
  chain,
  rule: '-j KUBE-FIREWALL',
}))

export function jumpsOf(hasLocalhostGuard: boolean): readonly Jump[] {
  return hasLocalhostGuard ? [...jumps, ...localhostJumps] : jumps
}

function jump(table: TableName, chain: Jump['chain'], to: string, comment: string, match = ''): Jump {
  return { table, chain, rule: `${match === '' ? '' : `${match} `}-m comment --comment "${comment}" -j ${to}` }
}
