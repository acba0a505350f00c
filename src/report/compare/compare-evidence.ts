import { identityOf } from '../../ruleset/identity.ts'
import { parseSpec } from '../../ruleset/parse-spec.ts'
import { splitTokens } from '../../ruleset/tokens.ts'
import type { Evidence, ScenarioRun } from '../model.ts'
import { type ComparedEvidence, type Pair, pair } from './comparison.ts'
import type { Normalise } from './host-labels.ts'

type Translation = Extract<Evidence, { kind: 'translation' }>
type Rules = Extract<Evidence, { kind: 'ruleset' }>
type Listing = Extract<Evidence, { kind: 'listing' }>

/** Translations, rules and listings of both runs, joined by their titles. */
export function compareEvidence(
  first: ScenarioRun,
  second: ScenarioRun,
  [ofFirst, ofSecond]: readonly [Normalise, Normalise],
): ComparedEvidence[] {
  const lefts = describe(first, ofFirst)
  const rights = describe(second, ofSecond)
  return [...new Set([...lefts.keys(), ...rights.keys()])].map((key) => {
    const [left, right] = [lefts.get(key), rights.get(key)]
    const { title, kind } = left ?? right ?? { title: key, kind: 'listing' as const }
    if (left === undefined || right === undefined) {
      return { title, kind, rows: [], likeness: left === undefined ? 'only-second' : 'only-first' }
    }
    const rows = joinRows(numberRepeats(left.rows), numberRepeats(right.rows))
    return { title, kind, rows, likeness: rows.every(({ likeness }) => likeness === 'same') ? 'same' : 'different' }
  })
}

interface Described {
  readonly title: string
  readonly kind: ComparedEvidence['kind']
  readonly rows: readonly { readonly what: string; readonly text: string }[]
}

function describe({ evidence }: ScenarioRun, normalise: Normalise): Map<string, Described> {
  const described = new Map<string, Described>()
  const seen = new Map<string, number>()
  for (const item of evidence) {
    const found = describeOne(item, normalise)
    if (found === undefined) continue
    const plain = `${found.kind} ${found.title}`
    const count = (seen.get(plain) ?? 0) + 1
    seen.set(plain, count)
    described.set(count === 1 ? plain : `${plain} (${count})`, found)
  }
  return described
}

function describeOne(item: Evidence, normalise: Normalise): Described | undefined {
  if (item.kind === 'translation')
    return { title: normalise(item.title), kind: 'translation', rows: translationRows(item, normalise) }
  if (item.kind === 'ruleset') {
    const place = normalise(`${item.host}, ${item.table} (IPv${item.family})`)
    return { title: `${normalise(item.title)}: ${place}`, kind: 'rules', rows: ruleRows(item, normalise) }
  }
  if (item.kind === 'listing')
    return { title: normalise(item.title), kind: 'listing', rows: listingRows(item, normalise) }
  return undefined
}

/** Ports that a kernel chose say nothing; where the packet was seen, from whom and to whom does. */
function translationRows({ rows, replyRows = [], changed }: Translation, normalise: Normalise): Described['rows'] {
  const describeLeg = (leg: Translation['rows'], name: string): Described['rows'] =>
    leg.map((row, index) => ({
      what: `${name} ${index + 1}`,
      text: normalise(`${row.host}: ${row.source} → ${row.destination}`),
    }))
  const kept = changed.filter((field) => field === 'source' || field === 'destination')
  return [
    ...describeLeg(rows, 'packet'),
    ...describeLeg(replyRows, 'answer'),
    { what: 'changed', text: kept.length === 0 ? 'nothing' : kept.join(', ') },
  ]
}

/** A rule is what it means; how often it counted is compared as whether it did. */
function ruleRows({ rows, void: reason }: Rules, normalise: Normalise): Described['rows'] {
  if (reason !== undefined) return [{ what: 'counters', text: `void: ${normalise(reason)}` }]
  return rows.map(({ chain, rule, packetsDelta = 0 }) => {
    const spec = normalise(rule.replace(/^-A \S+ ?/, ''))
    return { what: `${normalise(chain)}: ${meaning(spec)}`, text: packetsDelta > 0 ? 'counted' : 'did not count' }
  })
}

function meaning(spec: string): string {
  try {
    return identityOf(parseSpec(splitTokens(spec)))
  } catch {
    return spec
  }
}

function listingRows({ rows }: Listing, normalise: Normalise): Described['rows'] {
  return rows.map(({ observed = '(nothing)', documented = '' }, index) => ({
    what: `line ${index + 1}${documented === '' ? '' : `, documented as ${normalise(documented)}`}`,
    text: normalise(observed),
  }))
}

/** A rule that is there twice is not the same as one that is there once. */
function numberRepeats(rows: Described['rows']): Described['rows'] {
  const counts = new Map<string, number>()
  return rows.map(({ what, text }) => {
    const count = (counts.get(what) ?? 0) + 1
    counts.set(what, count)
    return { what: count === 1 ? what : `${what} (${count})`, text }
  })
}

function joinRows(first: Described['rows'], second: Described['rows']): Pair[] {
  const rights = new Map(second.map(({ what, text }) => [what, text]))
  const names = new Set(first.map(({ what }) => what))
  return [
    ...first.map(({ what, text }) => pair(what, text, rights.get(what))),
    ...second.filter(({ what }) => !names.has(what)).map(({ what, text }) => pair(what, undefined, text)),
  ]
}
