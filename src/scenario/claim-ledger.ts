import { type ClaimPart, isAsExpected, verdictOfParts } from '../evidence/verdict.ts'
import type { ClaimResult } from '../report/model.ts'
import type { ClaimDefinition } from './definition.ts'

interface LedgerPart extends ClaimPart {
  readonly evidence: readonly string[]
  readonly durationMs: number
}

/** Everything that the steps of one scenario said about its claims. */
export class ClaimLedger {
  readonly #definitions: readonly ClaimDefinition[]
  readonly #parts = new Map<string, LedgerPart[]>()

  constructor(definitions: readonly ClaimDefinition[]) {
    this.#definitions = definitions
  }

  add(id: string, part: LedgerPart): void {
    if (!this.#definitions.some((claim) => claim.id === id)) {
      throw new Error(`a step speaks of claim ${id}, which the scenario does not declare`)
    }
    this.#parts.set(id, [...(this.#parts.get(id) ?? []), part])
  }

  /** How often something was said about the claim. */
  countParts(id: string): number {
    return this.#parts.get(id)?.length ?? 0
  }

  results(): ClaimResult[] {
    return this.#definitions.map((claim) => {
      const parts = this.#parts.get(claim.id) ?? []
      const { verdict, reason } = verdictOfParts(parts)
      return {
        ...claim,
        verdict,
        ...(reason !== undefined && { reason }),
        asExpected: isAsExpected(claim.expectation, verdict),
        checks: parts.flatMap((part) => part.checks),
        evidence: [...new Set(parts.flatMap((part) => part.evidence))],
        durationMs: parts.reduce((sum, part) => sum + part.durationMs, 0),
      }
    })
  }
}
