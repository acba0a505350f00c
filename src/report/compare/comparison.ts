/** `only-first`, `only-second`: the other run did not look. */
export type Likeness = 'same' | 'different' | 'only-first' | 'only-second'

/** One thing of two runs, side by side; undefined where a run does not have it. */
export interface Pair {
  readonly what: string
  readonly first?: string
  readonly second?: string
  readonly likeness: Likeness
}

/** What two runs say of one piece of evidence. */
export interface ComparedEvidence {
  readonly title: string
  readonly kind: 'translation' | 'rules' | 'listing'
  readonly rows: readonly Pair[]
  readonly likeness: Likeness
}

export interface ComparedScenario {
  readonly name: string
  /** How each run was made: provider, and the variants of the components. */
  readonly made: readonly [first: string | undefined, second: string | undefined]
  readonly claims: readonly (Pair & { readonly statement: string })[]
  readonly evidence: readonly ComparedEvidence[]
}

/** Two runs side by side. Differences of the environment are shown and not counted: two machines differ. */
export interface Comparison {
  readonly schemaVersion: 1
  readonly runs: readonly [first: string, second: string]
  readonly scenarios: readonly ComparedScenario[]
  readonly environment: readonly Pair[]
  readonly differences: number
}

export function pair(what: string, first: string | undefined, second: string | undefined): Pair {
  return {
    what,
    ...(first !== undefined && { first }),
    ...(second !== undefined && { second }),
    likeness: first === second ? 'same' : 'different',
  }
}
