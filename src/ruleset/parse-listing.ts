import { rulesetError } from './ruleset-error.ts'

export interface ListingChain {
  readonly name: string
  readonly policy?: string
  readonly references?: number
}

/** One line of `iptables -L`, its columns as printed. */
export interface ListingRow {
  /** Absent when the listing begins without its `Chain …` line, as excerpts do. */
  readonly chain?: string
  /** With `--line-numbers`. */
  readonly number?: number
  /** With `-v`; above 99,999 iptables prints rounded thousands (`12K`). */
  readonly packets?: number
  readonly bytes?: number
  /** Absent for a rule without `-j`. */
  readonly target?: string
  readonly protocol: string
  /** `--`, `-f` or `!f`. */
  readonly opt: string
  /** With `-v` only: without it a listing does not show interfaces. */
  readonly inInterface?: string
  readonly outInterface?: string
  readonly source: string
  readonly destination: string
  /** What matches and target print after the columns. */
  readonly extra: string
  readonly line: number
}

export interface Listing {
  readonly chains: readonly ListingChain[]
  readonly rows: readonly ListingRow[]
}

const optPattern = /^(--|-f|!f|[–—]{1,2})$/
const countPattern = /^\d+[KMGT]?$/
const placePattern =
  /^!?(anywhere|default|[\w.-]+\/[\d.]+|\d+(\.\d+){3}|[\da-f]*:[\da-f:.]*(\/\S+)?|localhost|\*|any)$/i

/**
 * Parses `iptables -L`, with any of `-n`, `-v` and `--line-numbers`, as tools print it and as documents quote it: the
 * `Chain` line and the column titles may be missing, a prompt may precede.
 * @throws PacketproofError E_RULESET for a line that is no rule, and when there is nothing of a listing at all.
 */
export function parseListing(text: string, source = 'listing'): Listing {
  const chains: ListingChain[] = []
  const rows: ListingRow[] = []
  let chain: string | undefined
  const lines = text.split('\n')
  lines.forEach((raw, index) => {
    const line = raw.trimEnd()
    const header = /^\s*Chain (\S+)(?: \((?:policy (\S+)[^)]*|(\d+) references)\))?$/.exec(line)
    if (header !== null) {
      const [, name = '', policy, references] = header
      chain = name
      chains.push({
        name,
        ...(policy === undefined ? {} : { policy }),
        ...(references === undefined ? {} : { references: Number(references) }),
      })
    } else if (!isAside(line)) {
      const row = parseRow(line, index + 1)
      if (row === undefined) {
        const place = { source, line: index + 1, text: line }
        throw rulesetError(place, 'expected a row of iptables -L: TARGET PROT OPT [IN OUT] SOURCE DESTINATION …')
      }
      rows.push(chain === undefined ? row : { ...row, chain })
    }
  })
  if (chains.length + rows.length === 0) {
    throw rulesetError(
      { source, line: lines.length },
      'there is no rule and no chain: expected the output of iptables -L',
    )
  }
  return { chains, rows }
}

/** Blank lines, column titles, comments, and the command itself. */
function isAside(line: string): boolean {
  return (
    line.trim() === '' ||
    /^\s*(num\s+)?(pkts\s+bytes\s+)?target\s+prot\b/.test(line) ||
    /^\s*[#$]/.test(line) ||
    /\bip6?tables\b.*\s(-\w*L|--list)\b/.test(line)
  )
}

function parseRow(text: string, line: number): ListingRow | undefined {
  const words = [...text.matchAll(/\S+/g)]
  const word = (at: number): string => words[at]?.[0] ?? ''
  const opt = words.findIndex(([value], at) => at >= 1 && at <= 5 && optPattern.test(value))
  let leading = opt > 0 ? opt : leadingWithoutOpt(words.map(([value]) => value))
  if (leading === undefined) return undefined
  const afterOpt = opt > 0 ? opt + 1 : leading
  const protocol = word(leading - 1)
  leading -= 1
  const counts: number[] = []
  let at = 0
  while (at < leading && countPattern.test(word(at))) counts.push(countOf(word(at++)))
  const target = at < leading ? word(at++) : undefined
  if (at !== leading || counts.length > 3) return undefined
  const [number, packets, bytes] = counts.length === 2 ? [undefined, ...counts] : counts
  const verbose = packets !== undefined
  const place = afterOpt + (verbose ? 2 : 0)
  const end = words[place + 1]
  if (end === undefined || (!verbose && !placePattern.test(word(place)))) return undefined
  return {
    ...(number === undefined ? {} : { number }),
    ...(packets === undefined ? {} : { packets }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(target === undefined ? {} : { target }),
    protocol,
    opt: opt > 0 ? word(opt) : '--',
    ...(verbose ? { inInterface: word(afterOpt), outInterface: word(afterOpt + 1) } : {}),
    source: word(place),
    destination: word(place + 1),
    extra: text.slice(end.index + end[0].length).trim(),
    line,
  }
}

/** ip6tables before 1.8.9 leaves the opt column blank: the protocol stands two before the first of two addresses, or four. */
function leadingWithoutOpt(words: readonly string[]): number | undefined {
  const first = words.findIndex(
    (word, at) => placePattern.test(word) && word !== '*' && placePattern.test(words[at + 1] ?? ''),
  )
  if (first < 1) return undefined
  const verbose = words.slice(0, 2).every((word) => countPattern.test(word))
  return verbose ? first - 2 : first
}

function countOf(text: string): number {
  const unit = 'KMGT'.indexOf(text.at(-1) ?? '') + 1
  return unit === 0 ? Number(text) : Number(text.slice(0, -1)) * 1000 ** unit
}
