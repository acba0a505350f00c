import { deltaOf, type RulesetDelta } from '../ruleset/delta.ts'
import type { Ruleset } from '../ruleset/model.ts'

/** A host's rules before and after something happened, as evidence. */
export class RulesetWindow {
  readonly evidenceId: string
  readonly host: string
  readonly family: 4 | 6
  readonly before: Ruleset
  readonly after: Ruleset
  readonly delta: RulesetDelta

  /** @param rewritten the chains of the one table in it that were written anew in between */
  constructor(
    evidenceId: string,
    host: string,
    family: 4 | 6,
    before: Ruleset,
    after: Ruleset,
    rewritten?: ReadonlySet<string>,
  ) {
    this.evidenceId = evidenceId
    this.host = host
    this.family = family
    this.before = before
    this.after = after
    this.delta = deltaOf(before, after, rewritten)
  }
}
