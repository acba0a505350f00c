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

/**
 * What of a line is a fact: addresses, chosen ports, counters, times, keys and hashes of two runs differ; hosts, chains, rules, verdicts
 * and what was rewritten do not.
 */
export function factsOf(line: string): string {
  return line
    .replace(/\/\S+\/kubeconfig\b/g, 'KUBECONFIG')
    .replace(/\bcali:[\w-]{16}/g, 'cali:HASH')
    .replace(/\bcali[0-9a-f]{11}\b/g, 'caliINTERFACE')
    .replace(/(?<=peer )\S{8}…/g, 'KEY…')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?=[:/\s]|$)/g, (address) => (isOfDocument(address) ? address : 'ADDRESS'))
    .replace(/(?<=ADDRESS:)[2-6]\d{4}\b(?! bytes)/g, (port) => (knownPorts.has(port) ? port : 'PORT'))
    .replace(/(?<=127\.0\.0\.\d:)\d{5}\b/g, (port) => (knownPorts.has(port) ? port : 'PORT'))
    .replace(/\b\d+(?:\.\d+)? (?=(?:ms|s|packets?|bytes)\b)/g, 'N ')
    .replace(/^( +\d+) +\d+ +\d+  /, '$1 N N  ')
    .trimEnd()
}

const knownPorts = new Set(['51871'])

/** Addresses that mean something wherever they stand. */
function isOfDocument(address: string): boolean {
  return /^(127|169\.254|0)\./.test(address) || address.endsWith('.0')
}

/** How the output differs from what is expected, in words; undefined when it says the same. A line `...` stands for any lines. */
export function findDifference(expected: readonly string[], observed: readonly string[]): string | undefined {
  const [wanted, seen] = [expected, observed].map((lines) => trimEnds(lines.map(factsOf)))
  if (wanted === undefined || seen === undefined) return undefined
  let at = 0
  for (const [index, line] of wanted.entries()) {
    if (line === '...') {
      const next = wanted[index + 1]
      const found = next === undefined ? seen.length : seen.indexOf(next, at)
      if (found < 0) return `expected somewhere: ${next}`
      at = found
      continue
    }
    if (seen[at] !== line) return `expected: ${line}\nobserved: ${seen[at] ?? '(nothing more)'}`
    at += 1
  }
  return at < seen.length ? `not expected: ${seen[at]}` : undefined
}

function trimEnds(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line !== '')
  const last = lines.findLastIndex((line) => line !== '')
  return first < 0 ? [] : lines.slice(first, last + 1)
}
