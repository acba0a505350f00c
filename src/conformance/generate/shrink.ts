import type { PolicyState } from '../conformance-case.ts'
import { smallerStates } from './smaller-states.ts'

export interface Shrunk {
  readonly state: PolicyState
  /** How many states were tried. */
  readonly tries: number
  /** Nothing smaller fails; false when `maxTries` ended the search. */
  readonly isMinimal: boolean
}

/**
 * Takes parts of a failing state away for as long as it still fails.
 * @param fails whether a state fails; asked `maxTries` times at most
 */
export async function shrink(
  state: PolicyState,
  fails: (state: PolicyState) => Promise<boolean>,
  maxTries: number,
): Promise<Shrunk> {
  let smallest = state
  let tries = 0
  const seen = new Set<string>()
  for (;;) {
    let next: PolicyState | undefined
    for (const candidate of smallerStates(smallest)) {
      const text = JSON.stringify(candidate)
      if (seen.has(text)) continue
      seen.add(text)
      if (tries >= maxTries) return { state: smallest, tries, isMinimal: false }
      tries++
      if (await fails(candidate)) {
        next = candidate
        break
      }
    }
    if (next === undefined) return { state: smallest, tries, isMinimal: true }
    smallest = next
  }
}
