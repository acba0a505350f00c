/** The comments of the rules since v2.0.1 of the agent. */
const LOCAL = '-m comment --comment "ip-masq-agent: local traffic is not subject to MASQUERADE"'
const OUTBOUND =
  '-m comment --comment "ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)"'

/** What the chain holds for a list, first to last: `RETURN` for each CIDR, then `MASQUERADE`. */
export function chainRules(cidrs: readonly string[]): string[] {
  return [...cidrs.map((cidr) => `-d ${cidr} ${LOCAL} -j RETURN`), `${OUTBOUND} -j MASQUERADE --random-fully`]
}

export const LINK_LOCAL = '169.254.0.0/16'
export const DEFAULT_CIDRS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const

/** The rule that leads to the chain. */
export function jumpRule(chain: string): string {
  return `-m comment --comment "ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom ${chain} chain" -m addrtype ! --dst-type LOCAL -j ${chain}`
}
