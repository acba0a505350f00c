import { z } from 'zod'

/** An array that the inferred type shows as read-only, so that engines may pass what they hold. */
export function list<T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(item).readonly()
}

export const count = z.int().min(0)
export const milliseconds = z.number()
export const hostName = z.string().min(1)

/** A path relative to the folder of the report, with forward slashes, that stays inside it. */
export const relativePath = z
  .string()
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/, 'expected a relative path that stays inside the report')
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')
export const verdictSchema = z.enum(['proved', 'refuted', 'inconclusive', 'skipped', 'not-tested'])
