import { PacketproofError } from '../errors.ts'

/**
 * Tells other things apart from a ruleset, so that the error can say what to do.
 * @throws PacketproofError E_RULESET
 */
export function checkIsRuleset(text: string, source: string): void {
  const refuse = (what: string, hint: string): never => {
    throw new PacketproofError('E_RULESET', `${source}: ${what}`, { hint })
  }
  if (text.trim() === '') {
    refuse(
      'is empty: expected the output of iptables-save',
      'iptables-save of the nft variant prints nothing when there are no tables; otherwise it failed or was cut',
    )
  }
  if (text.includes('\0') || startsBinary(text)) {
    refuse('is binary: expected the text that iptables-save prints', 'a compressed file must be unpacked first')
  }
  const firstLine = /^(?!\s*(?:#|$)).*$/m.exec(text)?.[0].trim()
  if (firstLine === undefined) {
    if (/^# .*(ip6?tables|Table )/m.test(text)) return
    refuse('holds only comments: expected *TABLE', 'take the listing again with iptables-save')
  } else if (/^(table|add table) (ip|ip6|inet|arp|bridge|netdev)\b/.test(firstLine)) {
    refuse(
      `is in the format of nft ("${firstLine}"): expected the output of iptables-save`,
      'use iptables-save, which prints the rules that iptables-nft made',
    )
  } else if (/^\{\s*("nftables"|$)/.test(firstLine)) {
    refuse('is JSON, as "nft -j" prints: expected the output of iptables-save', 'use iptables-save')
  } else if (/^Chain \S+ \(/.test(firstLine)) {
    refuse('is a listing of "iptables -L": expected the output of iptables-save', 'use iptables-save -c')
  }
}

/** A control character, or what is left of a byte that is no UTF-8 (gzip starts with both). */
function startsBinary(text: string): boolean {
  const first = text.charCodeAt(0)
  return first < 9 || (first > 13 && first < 32) || first === 0xfffd
}
