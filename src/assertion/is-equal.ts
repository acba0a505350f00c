import { isDeepStrictEqual } from 'node:util'
import type { Judged } from '../evidence/judged.ts'

/** Equal in structure; shown as text. */
export function isEqual(observed: unknown, expected: unknown): Judged {
  return { pass: isDeepStrictEqual(observed, expected), expected: textOf(expected), observed: textOf(observed) }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ') || 'none'
  return JSON.stringify(value) ?? String(value)
}
