import type { Run } from '../model.ts'
import { runSchema } from '../model.ts'
import { sampleRun } from './sample-run.ts'

/** Markup, quotes, control characters, a bidirectional override, half a surrogate pair, and the ends of CDATA and comments. */
export const hostileText = `"'><script>alert(1)</script><img src=x onerror=alert(2)>]]>-->&amp;\0\u001b[31m\u202e\ud800\uffff::error::|\`\n::set-output name=x::y`

/** Free text: everything but enumerations, references, paths, digests and times. */
const freeText = new Set(
  'title statement what expected observed info rule stdout stderr command text note message hint reason skipReason host interface filter invariant conntrack detail packet documented outcome from to description erratum problem source destination protocol action chain table signal on after injectionError name provider profile version variant cidr runId void'.split(
    ' ',
  ),
)

/** The sample run with hostile text in every place that takes free text. */
export function hostileRun(): Run {
  return runSchema.parse(poison(sampleRun({ interrupted: { signal: 'SIGINT' } }), ''))
}

function poison(value: unknown, key: string): unknown {
  if (typeof value === 'string') return freeText.has(key) ? `${value}${hostileText}` : value
  if (Array.isArray(value))
    return value.map((item) => poison(item, ['argv', 'addresses', 'problems', 'command'].includes(key) ? 'text' : ''))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      key === 'environment' ? `${name}${hostileText}` : name,
      poison(item, key === 'environment' ? 'text' : name),
    ]),
  )
}
