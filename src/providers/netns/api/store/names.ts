import { randomBytes } from 'node:crypto'

// No vowels and no characters that look alike (k8s.io/apimachinery/pkg/util/rand).
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const MAX_BASE_LENGTH = 58

/** Five random characters, as generated names end in. */
function randomSuffix(): string {
  return Array.from(randomBytes(5), (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

/** `generateName` with a random suffix. */
export function generateName(base: string): string {
  return base.slice(0, MAX_BASE_LENGTH) + randomSuffix()
}

/** The current time as API objects carry it: RFC 3339, UTC, in seconds. */
export function timestamp(ms: number = Date.now()): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
