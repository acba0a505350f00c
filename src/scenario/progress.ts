/** What a run tells while it runs. */
export type ProgressEvent =
  | { readonly type: 'step-start'; readonly id: string; readonly parentId?: string; readonly title: string }
  | {
      readonly type: 'step-end'
      readonly id: string
      readonly status: 'passed' | 'failed' | 'skipped' | 'interrupted'
      readonly durationMs: number
      readonly error?: string
    }
  | { readonly type: 'note'; readonly text: string }

export type ProgressListener = (event: ProgressEvent) => void
