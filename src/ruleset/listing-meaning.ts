import { meaningOf } from './identity.ts'
import { listingPatterns } from './listing-patterns.ts'
import type { ListingRow } from './parse-listing.ts'
import { type Negatable, type ParsedSpec, parseSpec, type RuleMatch, type RuleOption } from './parse-spec.ts'

/** Names that `-L` without `-n` prints: /etc/networks of Debian and Ubuntu, and /etc/hosts. */
const addressNames: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  'localhost.localdomain': '127.0.0.1',
  'ip6-localhost': '::1',
  'loopback/8': '127.0.0.0/8',
  'link-local/16': '169.254.0.0/16',
}

/** The parts of a row's meaning, named as those of a rule (`meaningOf`). What is not understood is kept as `unknown`. */
export function listingMeaning(row: ListingRow): ReadonlyMap<string, string> {
  const { matches, targetOptions, unknown, goto } = readExtra(row.extra, row.target)
  const spec: ParsedSpec = {
    ...field('source', address(row.source)),
    ...field('destination', address(row.destination)),
    ...field('protocol', negatable(row.protocol)),
    ...field('inInterface', interfaceName(row.inInterface)),
    ...field('outInterface', interfaceName(row.outInterface)),
    ...(row.opt.endsWith('f') ? { fragment: { value: 'fragment', negated: row.opt === '!f' } } : {}),
    ...(row.target === undefined ? {} : { target: row.target }),
    matches,
    targetOptions,
    goto,
  }
  const meaning = new Map(meaningOf(spec))
  if (unknown.length > 0) meaning.set('unknown', unknown.join(' '))
  return meaning
}

interface Extra {
  matches: RuleMatch[]
  targetOptions: RuleOption[]
  unknown: string[]
  goto: boolean
}

function readExtra(extra: string, target: string | undefined): Extra {
  const seen: Extra = { matches: [], targetOptions: [], unknown: [], goto: false }
  let rest = extra.trim()
  while (rest !== '') {
    const length = readPhrase(rest, target, seen)
    rest = rest.slice(length).trimStart()
  }
  return seen
}

function readPhrase(rest: string, target: string | undefined, seen: Extra): number {
  if (rest.startsWith('[goto]')) {
    seen.goto = true
    return '[goto]'.length
  }
  for (const { phrase, options } of listingPatterns) {
    const found = phrase.exec(rest)
    if (found === null) continue
    const [kind, ...words] = options(found.slice(1), target)
    if (kind === '-j') seen.targetOptions.push(...optionsOf(words))
    else seen.matches.push({ module: words[0] ?? '', options: optionsOf(words.slice(1)) })
    return found[0].length
  }
  const word = /^\S+/.exec(rest)?.[0] ?? rest
  seen.unknown.push(word)
  return word.length
}

function optionsOf(words: readonly string[]): readonly RuleOption[] {
  // a comment may look like an option: what stands after one is quoted, so that it is read as its value
  const tokens = words.map((value, at) => ({ value, quoted: words[at - 1] === '--comment' }))
  return parseSpec([{ value: '-m', quoted: false }, { value: 'listed', quoted: false }, ...tokens]).matches.flatMap(
    ({ options }) => options,
  )
}

function field<Name extends string>(name: Name, value: Negatable | undefined): { readonly [key in Name]?: Negatable } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]: Negatable })
}

function negatable(text: string): Negatable {
  return { value: text.replace(/^!/, ''), negated: text.startsWith('!') }
}

function address(text: string): Negatable | undefined {
  const { value, negated } = negatable(text)
  if (/^(anywhere|default|any|\*)$/.test(value)) return undefined
  return { value: addressNames[value] ?? value, negated }
}

function interfaceName(text: string | undefined): Negatable | undefined {
  return text === undefined || text === '*' || text === 'any' ? undefined : negatable(text)
}
