import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
  type Tags,
  type YAMLError,
} from 'yaml'
import { MasqConfigError } from './config-error.ts'
import type { DocumentEntry, DocumentNode, Position } from './document.ts'

const maxAliases = 1_000

/**
 * Reads the first document of a YAML text with the YAML 1.1 types of Go's yaml.v2 (`yes` is true, `1:30` is a string).
 * Keys are sorted, as they are when Go turns the document into JSON; a key that is given twice keeps its last value.
 * @throws MasqConfigError
 */
export function readYamlDocument(text: string): DocumentNode {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {
    version: '1.1',
    uniqueKeys: false,
    lineCounter: lines,
    // Go's yaml.v2 has no base-60 numbers; a date is of no use here, and its text is what a message should show.
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !isTimeTag(tag)),
    prettyErrors: false,
  })
  const document = Array.isArray(documents) ? documents[0] : undefined
  if (document === undefined) return { kind: 'null', json: 'null', line: 1, column: 1 }
  const failure = document.errors.find(({ code }) => code === 'MULTILINE_IMPLICIT_KEY') ?? document.errors[0]
  if (failure !== undefined) {
    // Of a key that runs over two lines, the second is where the mistake shows.
    throw syntaxError(failure, place(failure.code === 'MULTILINE_IMPLICIT_KEY' ? failure.pos[1] - 1 : failure.pos[0]))
  }
  const open = new Set<Node>()
  let aliases = 0
  return convert(document.contents, { line: 1, column: 1 })

  function place(offset: number): Position {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  /** With Go's own guard against a few lines that stand for gigabytes. */
  function convertAlias(node: Alias, at: Position): DocumentNode {
    const target = document === undefined ? undefined : node.resolve(document)
    const fail = (problem: string): never => {
      throw new MasqConfigError(`yaml: ${problem}`, `an anchor &${node.source} before it, that holds a plain value`, {
        at,
      })
    }
    if (target === undefined) return fail(`unknown anchor '${node.source}' referenced`)
    if (open.has(target)) return fail(`anchor '${node.source}' value contains itself`)
    if (++aliases > maxAliases) return fail('document contains excessive aliasing')
    open.add(target)
    const converted = convert(target, at)
    open.delete(target)
    return converted
  }

  function convert(node: Node | null | undefined, fallback: Position): DocumentNode {
    const at = node?.range ? place(node.range[0]) : fallback
    if (isAlias(node)) return { ...convertAlias(node, at), ...at }
    if (isSeq(node)) {
      const items = node.items.map((item) => convert(item as Node | null, at))
      return { ...at, kind: 'array', items, json: `[${items.map(({ json }) => json).join(',')}]` }
    }
    if (isMap(node)) {
      const all = node.items.map((pair): DocumentEntry => {
        const keyNode = pair.key as Node | null
        const keyAt = keyNode?.range ? place(keyNode.range[0]) : at
        const key = isScalar(keyNode) && typeof keyNode.value === 'symbol' ? '<<' : String(keyNode)
        return { key, at: keyAt, value: convert(pair.value as Node | null, keyAt) }
      })
      return objectOf(at, mergeEntries(all))
    }
    return scalar(node instanceof Scalar ? node.value : null, at)
  }
}

/** A merge key (`<<`) stands for the entries of the mapping that it names; they do not replace what is written out. */
function mergeEntries(all: readonly DocumentEntry[]): readonly DocumentEntry[] {
  const isMerge = (entry: DocumentEntry): boolean => entry.key === '<<' && entry.value.kind === 'object'
  const merged = all.flatMap(({ value, ...entry }) =>
    isMerge({ value, ...entry }) && value.kind === 'object' ? value.entries : [],
  )
  const written = all.filter((entry) => !isMerge(entry))
  return [...merged.filter(({ key }) => written.every((entry) => entry.key !== key)), ...written]
}

/** Go turns YAML into JSON before it decodes it: the last of equal keys is kept, and keys are in byte order. */
function objectOf(at: Position, all: readonly DocumentEntry[]): DocumentNode {
  const last = new Map(all.map((entry) => [entry.key, entry]))
  const entries = [...last.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  const json = `{${entries.map(({ key, value }) => `${JSON.stringify(key)}:${value.json}`).join(',')}}`
  return { ...at, kind: 'object', entries, replaced: all.filter((entry) => last.get(entry.key) !== entry), json }
}

function isTimeTag(tag: Tags[number]): boolean {
  return typeof tag === 'object' && (tag.tag.endsWith(':timestamp') || ('format' in tag && tag.format === 'TIME'))
}

function scalar(value: unknown, at: Position): DocumentNode {
  if (value === null || value === undefined) return { ...at, kind: 'null', json: 'null' }
  if (typeof value === 'boolean') return { ...at, kind: 'bool', value, json: String(value) }
  if (typeof value === 'number' || typeof value === 'bigint') return { ...at, kind: 'number', json: String(value) }
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { ...at, kind: 'string', value: text, json: JSON.stringify(text) }
}

/** Go's yaml.v2 says it so. What is not here keeps the parser's own words. */
const goMessages: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_SCALAR_START: 'found character that cannot start any token',
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  MULTILINE_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  TAB_AS_INDENT: 'found character that cannot start any token',
}

function syntaxError(error: YAMLError, at: Position): MasqConfigError {
  const expected = 'YAML such as "nonMasqueradeCIDRs:", then one "  - 10.0.0.0/8" per line'
  if (error.code === 'BAD_ALIAS') {
    return new MasqConfigError('yaml: did not find expected alphabetic or numeric character', expected, { at })
  }
  const message = goMessages[error.code] ?? error.message.slice(0, 1).toLowerCase() + error.message.slice(1)
  return new MasqConfigError(`yaml: line ${at.line}: ${message}`, expected, { at })
}
