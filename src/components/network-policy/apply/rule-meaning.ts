import { identityOf } from '../../../ruleset/identity.ts'
import { parseSpec } from '../../../ruleset/parse-spec.ts'
import { splitTokens } from '../../../ruleset/tokens.ts'

/** Rules are compared again and again, and most do not change. */
const remembered = new Map<string, string>()
const mostRemembered = 100_000

/** Whether two rules (without `-A CHAIN`) mean the same, however each is written. */
export function meansTheSame(one: string, other: string): boolean {
  return one === other || meaningOf(one) === meaningOf(other)
}

function meaningOf(spec: string): string {
  const known = remembered.get(spec)
  if (known !== undefined) return known
  const meaning = identityOf(parseSpec(splitTokens(spec)))
  if (remembered.size >= mostRemembered) remembered.clear()
  remembered.set(spec, meaning)
  return meaning
}
