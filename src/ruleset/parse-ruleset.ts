import { checkIsRuleset } from './check-is-ruleset.ts'
import { checkRuleSpec } from './check-rule-spec.ts'
import type { Chain, Command, Counters, Note, Ruleset, Table } from './model.ts'
import { Rule } from './rule.ts'
import { rulesetError } from './ruleset-error.ts'

export interface ParseRulesetOptions {
  /** Named in errors. Default `ruleset`. */
  readonly source?: string
  /**
   * `save` (the default): an iptables-save output, in which each chain is declared before its rules and nothing but `-A`
   * occurs. `restore`: an iptables-restore payload, which may also hold commands (`-N`, `-I`, `-D`, `-X`, …) and, meant
   * for `--noflush`, append to chains that it does not declare.
   */
  readonly format?: 'save' | 'restore'
  /** iptables-nft-save prints nothing when no table exists; then an empty text is a complete ruleset. Default false. */
  readonly allowEmpty?: boolean
}

interface OpenTable {
  readonly name: string
  readonly line: number
  readonly chains: Map<string, Chain & { readonly rules: Rule[] }>
  readonly commands: Command[]
}

/**
 * Parses the output of `iptables-save` or `ip6tables-save`, legacy or nft, with or without `-c`; or a payload for
 * `iptables-restore`. `printRuleset` gives the same bytes back.
 * @throws PacketproofError E_RULESET that names the source, the line and what was expected.
 */
export function parseRuleset(text: string, options: ParseRulesetOptions = {}): Ruleset {
  const { source = 'ruleset', format = 'save', allowEmpty = false } = options
  const empty = text.trim() === ''
  if (!(allowEmpty && empty)) checkIsRuleset(text, source)
  const parser = new Parser(source, format)
  const endsWithNewline = text.endsWith('\n')
  const end = endsWithNewline ? text.length - 1 : text.length
  for (let start = 0; start < text.length && start <= end; ) {
    const newline = text.indexOf('\n', start)
    const stop = newline < 0 || newline > end ? end : newline
    parser.addLine(text.slice(start, stop))
    start = stop + 1
  }
  return parser.finish(endsWithNewline)
}

class Parser {
  private readonly source: string
  private readonly isSave: boolean
  private readonly tables: Table[] = []
  private readonly warnings: string[] = []
  private readonly lines: (Chain | Rule | Command | Note)[] = []
  private lineNumber = 0
  private open: OpenTable | undefined

  constructor(source: string, format: 'save' | 'restore') {
    this.source = source
    this.isSave = format === 'save'
  }

  addLine(raw: string): void {
    this.lineNumber += 1
    let text = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (this.lineNumber === 1 && text.startsWith('\ufeff')) text = text.slice(1)
    const first = text.charCodeAt(0)
    if (first === 91 /* [ */ || first === 45 /* - */) this.addRuleLine(raw, text)
    else if (first === 58 /* : */) this.addChain(raw, text)
    else if (first === 42 /* * */) this.openTable(raw, text)
    else if (first === 35 /* # */) this.addComment(raw, text)
    else if (text.trim() === '') this.note(raw)
    else if (text.trimEnd() === 'COMMIT') this.commit(raw, text)
    else throw this.error('expected *TABLE, :CHAIN, -A CHAIN, COMMIT or a # comment', text)
  }

  finish(endsWithNewline: boolean): Ruleset {
    if (this.open !== undefined) {
      const last = this.lines.at(-1)?.text ?? ''
      throw this.error(
        `the ruleset is cut: table ${this.open.name} (line ${this.open.line}) has no COMMIT; the last line is`,
        last,
        'take the listing again; a whole one ends with COMMIT',
      )
    }
    const { source, tables, warnings, lines } = this
    return { source, tables, warnings, lines, endsWithNewline }
  }

  private note(text: string): void {
    this.lines.push({ kind: 'note', text })
  }

  private addComment(raw: string, text: string): void {
    if (/^# (Warning|Table )/.test(text)) this.warnings.push(text.slice(2))
    this.note(raw)
  }

  private openTable(raw: string, text: string): void {
    const name = text.slice(1).trim()
    if (this.open !== undefined) {
      throw this.error(`table ${this.open.name} (line ${this.open.line}) has no COMMIT before the next table`, text)
    }
    if (!/^[\w-]+$/.test(name)) throw this.error('expected *TABLE, for instance *nat', text)
    if (this.isSave && this.tables.some((table) => table.name === name)) {
      throw this.error(`table ${name} appears twice`, text, 'these look like two listings in one: parse each by itself')
    }
    this.open = { name, line: this.lineNumber, chains: new Map(), commands: [] }
    this.note(raw)
  }

  private commit(raw: string, text: string): void {
    if (this.open === undefined) throw this.error('COMMIT without a *TABLE before it', text)
    const { name, chains, commands } = this.open
    this.tables.push({ name, chains: [...chains.values()], commands })
    this.open = undefined
    this.note(raw)
  }

  private addChain(raw: string, text: string): void {
    const open = this.requireTable(text)
    const parts = /^:(\S+)\s+(\S+)(?:\s+\[(\d+):(\d+)\])?\s*$/.exec(text)
    if (parts === null)
      throw this.error('expected :CHAIN POLICY [PACKETS:BYTES], with - as the policy of a user chain', text)
    const [, name = '', policy = '', packets = '0', bytes = '0'] = parts
    const known = open.chains.get(name)
    if (known !== undefined) throw this.error(`chain ${name} is declared twice (first on line ${known.line})`, text)
    const chain = {
      ...this.newChain(open, name, raw, true),
      ...(policy === '-' ? {} : { policy }),
      counters: { packets: Number(packets), bytes: Number(bytes) },
    }
    open.chains.set(name, chain)
    this.lines.push(chain)
  }

  private newChain(open: OpenTable, name: string, text: string, declared: boolean): Chain & { rules: Rule[] } {
    const counters = { packets: 0, bytes: 0 }
    return { kind: 'chain', table: open.name, name, counters, rules: [], declared, text, line: this.lineNumber }
  }

  private addRuleLine(raw: string, text: string): void {
    const open = this.requireTable(text)
    let at = 0
    let counters: Counters | undefined
    if (text.charCodeAt(0) === 91) {
      const parts = /^\[(\d+):(\d+)\] +(?=-)/.exec(text)
      if (parts === null) throw this.error('expected [PACKETS:BYTES] -A CHAIN …', text)
      counters = { packets: Number(parts[1]), bytes: Number(parts[2]) }
      at = parts[0].length
    }
    // the slower look is for payloads written by hand
    const append = text.startsWith('-A ', at) ? 3 : (/^(?:-A|--append)[ \t]+/.exec(text.slice(at))?.[0].length ?? 0)
    if (append > 0) this.addRule(open, raw, text, at + append, counters)
    else this.addCommand(open, raw, text, at)
  }

  private addRule(open: OpenTable, raw: string, text: string, at: number, counters: Counters | undefined): void {
    let from = at
    while (text.charCodeAt(from) === 32) from += 1
    const space = blankAfter(text, from)
    const name = space < 0 ? text.slice(from) : text.slice(from, space)
    let chain = open.chains.get(name)
    if (chain === undefined) {
      if (this.isSave || name === '') {
        throw this.error(
          name === ''
            ? 'expected a chain after -A'
            : `chain ${name} is not declared in table ${open.name}: expected :${name} before it`,
          text,
        )
      }
      chain = this.newChain(open, name, raw, false)
      open.chains.set(name, chain)
    }
    const spec = space < 0 ? '' : text.slice(space + 1).trim()
    const problem = checkRuleSpec(spec)
    if (problem !== undefined) throw this.error(problem, text)
    const place = { table: open.name, chain: chain.name, index: chain.rules.length, line: this.lineNumber }
    const rule = new Rule(place, raw, spec, counters)
    chain.rules.push(rule)
    this.lines.push(rule)
  }

  private addCommand(open: OpenTable, raw: string, text: string, at: number): void {
    const parts = /^-([NIDFXPRZE]|-[a-z-]+)(?:\s+(\S+))?/.exec(text.slice(at))
    if (parts === null || this.isSave) {
      throw this.error(
        this.isSave
          ? 'expected -A CHAIN …, the only command in an iptables-save output'
          : 'expected a command such as -A, -N, -I or -X',
        text,
        this.isSave && parts !== null ? 'a payload for iptables-restore is parsed with format "restore"' : undefined,
      )
    }
    const [, verb = '', chain] = parts
    const problem = checkRuleSpec(text.slice(at))
    if (problem !== undefined) throw this.error(problem, text)
    const command: Command = {
      kind: 'command',
      verb: `-${verb}`,
      ...(chain === undefined ? {} : { chain }),
      text: raw,
      line: this.lineNumber,
    }
    if (verb === 'N' && chain !== undefined) this.declareByCommand(open, chain, text)
    open.commands.push(command)
    this.lines.push(command)
  }

  private declareByCommand(open: OpenTable, name: string, text: string): void {
    const known = open.chains.get(name)
    if (known !== undefined) throw this.error(`chain ${name} is declared twice (first on line ${known.line})`, text)
    open.chains.set(name, this.newChain(open, name, text, true))
  }

  private requireTable(text: string): OpenTable {
    if (this.open !== undefined) return this.open
    throw this.error(
      'this is outside a table: expected *TABLE before it',
      text,
      /^-[PNA] /.test(text) ? 'this looks like "iptables -S"; take the listing with iptables-save' : undefined,
    )
  }

  private error(problem: string, text: string, hint?: string): Error {
    return rulesetError({ source: this.source, line: this.lineNumber, text }, problem, hint)
  }
}

function blankAfter(text: string, from: number): number {
  const space = text.indexOf(' ', from)
  const tab = text.indexOf('\t', from)
  return space < 0 || (tab >= 0 && tab < space) ? tab : space
}
