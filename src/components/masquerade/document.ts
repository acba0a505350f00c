/** Where a value stands in a file; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

interface Located extends Position {
  /** The value as compact JSON text. */
  readonly json: string
}

export interface DocumentEntry {
  readonly key: string
  readonly at: Position
  readonly value: DocumentNode
}

/** A value of a YAML or JSON document, in the types that JSON has, with its place in the file. */
export type DocumentNode = Located &
  (
    | { readonly kind: 'null' }
    | { readonly kind: 'bool'; readonly value: boolean }
    | { readonly kind: 'number' }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'array'; readonly items: readonly DocumentNode[] }
    | {
        readonly kind: 'object'
        /** In the order in which they are decoded. */
        readonly entries: readonly DocumentEntry[]
        /** Entries that a later one of the same name replaces before anything is decoded (YAML only). */
        readonly replaced: readonly DocumentEntry[]
      }
  )

/** The place of a character of a text. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}
