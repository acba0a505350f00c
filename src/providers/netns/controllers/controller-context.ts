import type { ObjectStore } from '../api/types.ts'

export interface ControllerContext {
  readonly store: ObjectStore
  /** For what should not happen, and must not end the cluster. */
  readonly onError: (error: unknown) => void
}

export type StopController = () => void
