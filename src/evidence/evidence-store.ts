import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Evidence } from '../report/model.ts'

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

/** Evidence as it is handed in: the store gives it its id. */
export type NewEvidence = WithoutId<Evidence>

/** Collects what a scenario saw, and writes the raw files below the report's folder as they come in. */
export class EvidenceStore {
  readonly #folder: string
  readonly #prefix: string
  readonly #items: (() => Evidence)[] = []

  /**
   * @param folder the report's folder
   * @param prefix what the paths of this scenario's files begin with, relative to it, for instance `evidence/masquerade`
   */
  constructor(folder: string, prefix: string) {
    this.#folder = folder
    this.#prefix = prefix
  }

  get items(): readonly Evidence[] {
    return this.#items.map((item) => item())
  }

  /**
   * Returns the id (`E1`, `E2`, …). A function is asked when the report is written: packets are marked by the checks that come
   * after the capture.
   */
  add(evidence: NewEvidence | (() => NewEvidence)): string {
    const id = `E${this.#items.length + 1}`
    this.#items.push(() => ({ ...(typeof evidence === 'function' ? evidence() : evidence), id }))
    return id
  }

  /** Writes a raw file; returns its path relative to the report and its digest. */
  writeFile(name: string, content: string | Buffer): { file: string; sha256: string } {
    const file = `${this.#prefix}/${String(this.#items.length + 1).padStart(2, '0')}-${fileNameOf(name)}`
    const path = join(this.#folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return { file, sha256: createHash('sha256').update(content).digest('hex') }
  }
}

function fileNameOf(name: string): string {
  return name.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '')
}

/** Where evidence goes, and the clock of the scenario that it is told on. */
export interface EvidenceContext {
  readonly evidence: EvidenceStore
  /** The scenario's clock at a moment given as milliseconds since the epoch. */
  clockOf(epochMs: number): number
}
