import type { KubeObject } from '../types.ts'
import type { ApiCall } from './api-call.ts'

/** Notes who changed what. */
export function recordUpdate(_call: ApiCall, _old: KubeObject | undefined): (draft: KubeObject) => void {
  return () => undefined
}
