/** What a matcher says: whether it holds, and what was expected beside what was observed. */
export interface Judged {
  readonly pass: boolean
  readonly expected: string
  readonly observed: string
  /** Ids of the evidence that shows it. */
  readonly evidence?: readonly string[]
  /** Why what was looked at can not be relied upon, whatever it shows. */
  readonly problem?: string
}
