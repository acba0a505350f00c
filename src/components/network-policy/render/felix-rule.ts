import { ruleHashes } from '../names/hashes.ts'

/** A rule in Felix's words: comments, match, action, each of which may be missing. */
export interface FelixRule {
  readonly comments?: readonly string[]
  readonly match?: string
  readonly action?: string
}

/** A chain that is Felix's own. */
export interface FelixChain {
  readonly name: string
  readonly rules: readonly FelixRule[]
}

/** A rule with its hash, as iptables-restore takes it after `-A CHAIN`. */
export interface HashedRule {
  readonly hash: string
  readonly spec: string
}

/** @param hashedAs what the hashes begin with: the chain, or for appended rules `CHAIN*appends*`. */
export function hashRules(rules: readonly FelixRule[], hashedAs: string): HashedRule[] {
  const texts = rules.map(textOf)
  return ruleHashes(hashedAs, texts).map((hash, index) => ({
    hash,
    spec: `-m comment --comment "cali:${hash}" ${texts[index]}`.trimEnd(),
  }))
}

function textOf({ comments = [], match, action }: FelixRule): string {
  return [...comments.map((text) => `-m comment --comment "${clean(text)}"`), match, action]
    .filter((part) => part !== undefined && part !== '')
    .join(' ')
}

const longestComment = 256

/** What Felix leaves in comments. */
function clean(text: string): string {
  return text.replace(/[^\w @%+=:,./-]/g, '_').slice(0, longestComment)
}
