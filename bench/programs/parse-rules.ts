/** Parses the iptables-save output that the argument names, and says how long parsing took, and reading every rule's matches. */
import { readFileSync } from 'node:fs'
import { parseRuleset } from '../../src/ruleset/parse-ruleset.ts'

const text = readFileSync(process.argv[2] ?? '', 'utf8')
const startedAt = performance.now()
const ruleset = parseRuleset(text)
const parsedAt = performance.now()
const rules = ruleset.tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules))
const identities = new Set(rules.map((rule) => rule.identity))
const readAt = performance.now()
console.log(
  JSON.stringify({
    parseMs: parsedAt - startedAt,
    readMs: readAt - parsedAt,
    rules: rules.length,
    identities: identities.size,
  }),
)
