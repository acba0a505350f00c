import { PacketproofError } from '../errors.ts'

export interface RulesetErrorPlace {
  readonly source: string
  readonly line: number
  /** The line at fault; long ones are shortened. */
  readonly text?: string
}

/** @returns an E_RULESET that reads `FILE:LINE: PROBLEM: "TEXT"`. */
export function rulesetError(place: RulesetErrorPlace, problem: string, hint?: string): PacketproofError {
  const shown = place.text === undefined ? '' : `: ${JSON.stringify(shorten(place.text))}`
  const message = `${place.source}:${place.line}: ${problem}${shown}`
  return new PacketproofError('E_RULESET', message, hint === undefined ? {} : { hint })
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}
