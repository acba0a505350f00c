import type { Trace, TraceHop } from '../ruleset/trace.ts'
import type { EvidenceStore } from './evidence-store.ts'

/** Keeps the path of one packet through tables, chains and rules. Returns the evidence's id. */
export function traceEvidence(store: EvidenceStore, title: string, host: string, trace: Trace): string {
  const first = trace.hops[0]?.packet
  return store.add({
    kind: 'trace',
    title,
    host,
    packet: first === undefined ? 'unknown' : `${first.source} > ${first.destination} ${first.protocol ?? ''}`.trim(),
    rows: trace.hops.map((hop) => ({
      table: hop.table,
      chain: hop.chain,
      ...(hop.rule !== undefined && { rule: hop.rule }),
      action: actionOf(hop),
    })),
  })
}

function actionOf({ kind, verdict, jumpsTo }: TraceHop): string {
  const word = (verdict ?? kind).toLowerCase()
  return jumpsTo === undefined ? word : `${word} ${jumpsTo}`
}
