import type { Evidence } from '../report/model.ts'
import type { EvidenceStore } from './evidence-store.ts'

export type Drawing = Omit<Extract<Evidence, { kind: 'drawing' }>, 'id' | 'kind'>
export type DrawingShape = Drawing['shapes'][number]
export type DrawingStyle = NonNullable<DrawingShape['style']>

/** Keeps a picture. Returns the evidence's id. */
export function drawingEvidence(store: EvidenceStore, drawing: Drawing): string {
  return store.add({ kind: 'drawing', ...drawing })
}
