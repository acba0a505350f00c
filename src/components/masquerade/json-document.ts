import { MasqConfigError } from './config-error.ts'
import { type DocumentEntry, type DocumentNode, type Position, positionAt } from './document.ts'

/**
 * Reads JSON, with the error texts of Go's encoding/json.
 * @throws MasqConfigError
 */
export function readJsonDocument(text: string): DocumentNode {
  const reader = new JsonReader(text)
  return reader.document()
}

class JsonReader {
  private offset = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  document(): DocumentNode {
    const node = this.value()
    this.skipSpace()
    if (this.offset < this.text.length) throw this.unexpected('after top-level value')
    return node
  }

  private value(): DocumentNode {
    this.skipSpace()
    const start = this.offset
    const char = this.text[start]
    if (char === '{') return this.object()
    if (char === '[') return this.array()
    if (char === '"') {
      const value = this.string()
      return { ...this.located(start), kind: 'string', value }
    }
    if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) {
      this.number()
      return { ...this.located(start), kind: 'number' }
    }
    if (char === 't' || char === 'f' || char === 'n') {
      const word = char === 't' ? 'true' : char === 'f' ? 'false' : 'null'
      this.literal(word)
      return char === 'n'
        ? { ...this.located(start), kind: 'null' }
        : { ...this.located(start), kind: 'bool', value: char === 't' }
    }
    throw this.unexpected('looking for beginning of value')
  }

  private object(): DocumentNode {
    const start = this.offset++
    const entries: DocumentEntry[] = []
    this.skipSpace()
    if (this.text[this.offset] === '}') this.offset++
    else {
      do {
        this.skipSpace()
        if (this.text[this.offset] !== '"') throw this.unexpected('looking for beginning of object key string')
        const at = positionAt(this.text, this.offset)
        const key = this.string()
        this.skipSpace()
        if (this.text[this.offset] !== ':') throw this.unexpected('after object key')
        this.offset++
        entries.push({ key, at, value: this.value() })
      } while (this.more('}', 'after object key:value pair'))
    }
    return { ...this.located(start), kind: 'object', entries, replaced: [] }
  }

  private array(): DocumentNode {
    const start = this.offset++
    const items: DocumentNode[] = []
    this.skipSpace()
    if (this.text[this.offset] === ']') this.offset++
    else {
      do items.push(this.value())
      while (this.more(']', 'after array element'))
    }
    return { ...this.located(start), kind: 'array', items }
  }

  private more(end: string, context: string): boolean {
    this.skipSpace()
    const char = this.text[this.offset]
    if (char !== ',' && char !== end) throw this.unexpected(context)
    this.offset++
    return char === ','
  }

  private string(): string {
    const start = this.offset++
    for (;;) {
      const char = this.text[this.offset]
      if (char === undefined || char < ' ') throw this.unexpected('in string literal')
      this.offset++
      if (char === '"') return JSON.parse(this.text.slice(start, this.offset)) as string
      if (char === '\\') this.escape()
    }
  }

  private escape(): void {
    const char = this.text[this.offset]
    if (char === undefined || !'bfnrt\\/"u'.includes(char)) throw this.unexpected('in string escape code')
    this.offset++
    if (char !== 'u') return
    for (let digit = 0; digit < 4; digit++) this.step(/[0-9a-fA-F]/, 'in \\u hexadecimal character escape')
  }

  private number(): void {
    if (this.text[this.offset] === '-') this.offset++
    if (this.text[this.offset] === '0') this.offset++
    else this.digits('in numeric literal')
    if (this.text[this.offset] === '.') {
      this.offset++
      this.digits('after decimal point in numeric literal')
    }
    if (/[eE]/.test(this.text[this.offset] ?? '')) {
      this.offset++
      if (/[+-]/.test(this.text[this.offset] ?? '')) this.offset++
      this.digits('in exponent of numeric literal')
    }
  }

  private digits(context: string): void {
    this.step(/\d/, context)
    while (/\d/.test(this.text[this.offset] ?? '')) this.offset++
  }

  private step(wanted: RegExp, context: string): void {
    if (!wanted.test(this.text[this.offset] ?? '')) throw this.unexpected(context)
    this.offset++
  }

  private literal(word: string): void {
    for (const char of word) {
      if (this.text[this.offset] !== char) throw this.unexpected(`in literal ${word} (expecting '${char}')`)
      this.offset++
    }
  }

  private skipSpace(): void {
    while (/[ \t\r\n]/.test(this.text[this.offset] ?? '')) this.offset++
  }

  private located(start: number): Position & { json: string } {
    return { ...positionAt(this.text, start), json: this.text.slice(start, this.offset) }
  }

  private unexpected(context: string): MasqConfigError {
    const at = positionAt(this.text, this.offset)
    const char = this.text[this.offset]
    if (char === undefined) return new MasqConfigError('unexpected end of JSON input', 'complete JSON', { at })
    const shown = char === "'" ? "'\\''" : char < ' ' ? JSON.stringify(char).replaceAll('"', "'") : `'${char}'`
    return new MasqConfigError(
      `invalid character ${shown} ${context}`,
      'JSON (a file that begins with { is read as JSON: keys and strings in double quotes, no trailing comma)',
      { at },
    )
  }
}
