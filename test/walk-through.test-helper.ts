/** A command of a walk-through, and what it is to print. */
export interface WalkThroughStep {
  readonly command: string
  readonly expected: readonly string[]
  /** In the Markdown file, from 1. */
  readonly line: number
}

/** The commands in the ```console blocks of a Markdown file, in order. */
export function readWalkThrough(markdown: string): WalkThroughStep[] {
  const steps: { command: string; expected: string[]; line: number }[] = []
  let isConsole = false
  for (const [index, text] of markdown.split('\n').entries()) {
    if (text.startsWith('```')) isConsole = text === '```console'
    else if (isConsole && text.startsWith('$ ')) steps.push({ command: text.slice(2), expected: [], line: index + 1 })
    else if (isConsole) steps.at(-1)?.expected.push(text)
  }
  return steps
}

/** A line without what differs between two runs, and the names that stood there, which may differ but not be confused with each other. */
interface Facts {
  readonly text: string
  readonly names: readonly Name[]
}

interface Name {
  readonly kind: 'address' | 'interface' | 'port'
  readonly value: string
}

/**
 * What of a line is a fact: counters, times, keys and hashes of two runs differ, addresses, interfaces and chosen ports have other names;
 * hosts, chains, rules, verdicts and what was rewritten into what do not differ.
 */
function factsOf(line: string): Facts {
  const names: Name[] = []
  const named = (kind: Name['kind'], value: string): string => {
    names.push({ kind, value })
    return kind.toUpperCase()
  }
  const text = line
    .replace(/\/\S+\/kubeconfig\b/g, 'KUBECONFIG')
    .replace(/\bcali:[\w-]{16}/g, 'cali:HASH')
    .replace(/(?<=peer )\S{8}…/g, 'KEY…')
    .replace(/\b\d+(?:\.\d+)? (?=(?:ms|s|packets?|bytes)\b)/g, 'N ')
    .replace(/^( +\d+) +\d+ +\d+ {2}/, '$1 N N  ')
    .replace(/\bcali[0-9a-f]{11}\b/g, (name) => named('interface', name))
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?=[:/,)\s]|$)/g, (address) =>
      isOfDocument(address) ? address : named('address', address),
    )
    .replace(/(?<=ADDRESS:|\b127\.0\.0\.\d:)[2-6]\d{4}\b/g, (port) =>
      knownPorts.has(port) ? port : named('port', port),
    )
  return { text: text.trimEnd(), names }
}

const knownPorts = new Set(['51871'])

/** Addresses that mean something wherever they stand. */
function isOfDocument(address: string): boolean {
  return /^(127|169\.254|0)\./.test(address) || address.endsWith('.0')
}

/** Which name of this run stands for which of the expected ones: an address that was rewritten into another must be so again. */
class Names {
  readonly #seenFor = new Map<string, string>()
  readonly #wantedFor = new Map<string, string>()

  /** @returns whether the lines say the same; if so, remembers which names stand for which. */
  match(wanted: Facts, seen: Facts): boolean {
    if (wanted.text !== seen.text) return false
    const pairs = wanted.names.map((name, index) => [keyOf(name), keyOf(seen.names[index] ?? name), name.kind] as const)
    const known = { seenFor: new Map(this.#seenFor), wantedFor: new Map(this.#wantedFor) }
    for (const [one, other, kind] of pairs) {
      if ((known.seenFor.get(one) ?? other) !== other) return false
      // Two connections may happen to choose the same port; two hosts never have the same address.
      if (kind !== 'port' && (known.wantedFor.get(other) ?? one) !== one) return false
      known.seenFor.set(one, other)
      known.wantedFor.set(other, one)
    }
    for (const [one, other] of pairs) {
      this.#seenFor.set(one, other)
      this.#wantedFor.set(other, one)
    }
    return true
  }
}

function keyOf({ kind, value }: Name): string {
  return `${kind} ${value}`
}

/** How the output differs from what is expected, in words; undefined when it says the same. A line `...` stands for any lines. */
export function findDifference(expected: readonly string[], observed: readonly string[]): string | undefined {
  const [wanted, seen] = [trimEnds(expected), trimEnds(observed)]
  const names = new Names()
  const matches = (line: string, other: string | undefined): boolean =>
    other !== undefined && names.match(factsOf(line), factsOf(other))
  let at = 0
  for (const [index, line] of wanted.entries()) {
    if (line === '...') {
      const next = wanted[index + 1]
      const found =
        next === undefined ? seen.length : seen.findIndex((other, place) => place >= at && matches(next, other))
      if (found < 0) return `expected somewhere: ${next}`
      at = found
      continue
    }
    if (!matches(line, seen[at])) return `expected: ${line}\nobserved: ${seen[at] ?? '(nothing more)'}`
    at += 1
  }
  return at < seen.length ? `not expected: ${seen[at]}` : undefined
}

function trimEnds(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== '')
  const last = lines.findLastIndex((line) => line.trim() !== '')
  return first < 0 ? [] : lines.slice(first, last + 1)
}
