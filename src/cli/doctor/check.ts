/** `failed`: the netns provider cannot run without it. `warning`: something that only some runs need. */
export interface CheckResult {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'failed'
  readonly detail: string
  /** What to do about it. */
  readonly fix?: string
}

export type Check = () => Promise<CheckResult | readonly CheckResult[]>
