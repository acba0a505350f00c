import { type Judged, listsSelectedRules, type Ruleset } from '../../src/index.ts'

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

/**
 * Among the rules of POSTROUTING there is one that leads to the chain, and it is this. The comment may have quotation marks of
 * its own: the agent upstream passes them to iptables as part of the text.
 */
export function listsJump(ruleset: Ruleset, chain: string): Judged {
  const text = `ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom ${chain} chain`
  const selector = { table: 'nat', chain: 'POSTROUTING', target: chain }
  const judge = (comment: string): Judged =>
    listsSelectedRules(ruleset, selector, [
      `-m comment --comment "${comment}" -m addrtype ! --dst-type LOCAL -j ${chain}`,
    ])
  const plain = judge(text)
  return plain.pass ? plain : { ...plain, pass: judge(`\\"${text}\\"`).pass }
}
