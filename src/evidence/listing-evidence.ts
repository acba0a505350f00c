import type { ComparedRow } from '../ruleset/compare-listing.ts'
import type { ListingRow } from '../ruleset/parse-listing.ts'
import type { EvidenceStore } from './evidence-store.ts'
import type { Judged } from './judged.ts'

/** Keeps a document's listing beside the observed rules, and judges whether they mean the same, row by row. */
export function listingEvidence(store: EvidenceStore, title: string, rows: readonly ComparedRow[]): Judged {
  const id = store.add({
    kind: 'listing',
    title,
    rows: rows.map((row) => ({
      ...(row.documented && { documented: textOf(row.documented) }),
      ...(row.observed && { observed: row.observed.spec }),
      equal: row.equal,
      ...(row.differences.length > 0 && { note: differencesOf(row) }),
    })),
  })
  const different = rows.filter((row) => !row.equal)
  const first = different[0]
  return {
    pass: different.length === 0,
    expected: `${rows.length} rows as documented`,
    observed:
      first === undefined
        ? 'every row means the same'
        : `${different.length} of ${rows.length} rows differ; the first: ${differencesOf(first) || 'no counterpart'}`,
    evidence: [id],
  }
}

function textOf({ target = '', protocol, opt, source, destination, extra }: ListingRow): string {
  return [target, protocol, opt, source, destination, extra].join(' ').trim()
}

function differencesOf({ differences }: ComparedRow): string {
  return differences
    .map(({ part, documented = 'absent', observed = 'absent' }) => `${part}: ${documented}, observed ${observed}`)
    .join('; ')
}
