import { PacketproofError } from '../../errors.ts'
import type { Position } from './document.ts'

/**
 * A configuration that the agent refuses. Its message is word for word what ip-masq-agent logs; the place and the
 * expectation, which upstream does not tell, are beside it.
 */
export class MasqConfigError extends PacketproofError {
  readonly at: Position | undefined
  /** The configuration key, when the fault is in one. */
  readonly key: string | undefined
  /** What would be right, for people. */
  readonly expected: string

  constructor(message: string, expected: string, place: { at?: Position | undefined; key?: string } = {}) {
    super('E_INVALID_INPUT', message, { hint: expected })
    this.name = 'MasqConfigError'
    this.at = place.at
    this.key = place.key
    this.expected = expected
  }
}
