import type { Direction } from '../convert/policy-types.ts'
import type { Dialect, Profile } from '../dialect.ts'
import { setMark } from './actions.ts'
import { profileChainName } from './endpoint-chain.ts'
import type { FelixChain } from './felix-rule.ts'

/** What a namespace (or a service account) allows where no policy has said anything: everything, or nothing. */
export function profileChain({ id, allows }: Profile, direction: Direction, dialect: Dialect): FelixChain {
  const comments = dialect.namesPolicies ? [`Profile ${id} ${direction}`] : []
  const rules = allows
    ? [{ comments, action: setMark(dialect.marks.accept) }]
    : comments.length > 0
      ? [{ comments }]
      : []
  return { name: profileChainName(id, direction), rules }
}
