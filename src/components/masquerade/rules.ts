import { familyOfCidr } from './cidr-check.ts'
import type { MasqConfig } from './config.ts'
import { type PortRange, printPortRange, weighPortRanges } from './ports.ts'

export type IpFamily = 4 | 6

export interface RuleOptions {
  readonly chain: string
  readonly randomFully: boolean
  readonly toPorts: readonly PortRange[]
}

const linkLocal = { 4: '169.254.0.0/16', 6: 'fe80::/10' } as const
const portProtocols = ['tcp', 'udp', 'sctp'] as const
const keepComment = 'ip-masq-agent: local traffic is not subject to MASQUERADE'
const masqueradeComment = 'ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)'

/**
 * The `iptables-restore --noflush` payload that replaces the agent's chain in one transaction: naming an existing chain
 * empties it. One line per rule, in the order, words and spacing of ip-masq-agent 2.12.
 */
export function renderMasqueradeRules(family: IpFamily, config: MasqConfig, options: RuleOptions): string {
  const { chain } = options
  const keepLinkLocal = family === 4 ? !config.masqLinkLocal : !config.masqLinkLocalIPv6
  const kept = [
    ...(keepLinkLocal ? [linkLocal[family]] : []),
    ...(config.nonMasqueradeCIDRs ?? []).filter((cidr) => familyOfCidr(cidr) === family),
  ]
  const lines = [
    '*nat',
    `:${chain} - [0:0]`,
    ...kept.map((cidr) => `-A ${chain} -m comment --comment "${keepComment}" -d ${cidr} -j RETURN`),
    ...masqueradeRules(options),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

function masqueradeRules({ chain, randomFully, toPorts }: RuleOptions): readonly string[] {
  const general = `-A ${chain} -m comment --comment "${masqueradeComment}" -j MASQUERADE${randomFully ? ' --random-fully' : ''}`
  const weighted = weighPortRanges(toPorts)
  const perProtocol = portProtocols.flatMap((protocol) =>
    weighted.map(({ range, probability }) => {
      const chance = probability === undefined ? '' : ` -m statistic --mode random --probability ${probability}`
      return `${general} -p ${protocol}${chance} --to-ports ${printPortRange(range)}`
    }),
  )
  return [...perProtocol, general]
}

/** The POSTROUTING rule that leads to the agent's chain, as arguments after `iptables -t nat -A POSTROUTING`. */
export function jumpArguments(chain: string): readonly string[] {
  const comment = `ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom ${chain} chain`
  return ['-m', 'comment', '--comment', comment, '-m', 'addrtype', '!', '--dst-type', 'LOCAL', '-j', chain]
}
