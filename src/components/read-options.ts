import { z } from 'zod'
import { PacketproofError } from '../errors.ts'

/** Of options that come from a file or a command line. */
export const words = z.array(z.string())
const image = z.strictObject({ image: z.string() })

export interface OptionsOf {
  readonly component: string
  /** Every option that may be given, but for the variant. */
  readonly shape: z.ZodRawShape
  /** Why there is no upstream variant to deploy; undefined where there is one. */
  readonly noUpstream?: string
}

/**
 * Reads a component's options from a file or a command line. Where there is no upstream variant, an image is all that can be chosen, and
 * it becomes the option `image`.
 * @throws PacketproofError E_USAGE that names the option and what was expected.
 */
export function readComponentOptions<Options>({ component, shape, noUpstream }: OptionsOf, options: unknown): Options {
  const builtin = z.literal('builtin')
  const variant =
    noUpstream === undefined ? z.union([builtin, z.literal('upstream'), image]) : z.union([builtin, image])
  const parsed = z.strictObject({ ...shape, variant: variant.optional() }).safeParse(options)
  const hint = `options: ${[...Object.keys(shape), 'variant'].join(', ')}`
  if (!parsed.success) {
    const isUpstream = (options as { variant?: unknown } | null)?.variant === 'upstream'
    if (isUpstream && noUpstream !== undefined) {
      throw new PacketproofError('E_USAGE', `${component} has no upstream variant to deploy: ${noUpstream}`)
    }
    const [issue] = parsed.error.issues
    const place = issue?.path.join('.') || 'the options'
    throw new PacketproofError('E_USAGE', `${component}: ${place}: ${issue?.message ?? 'not understood'}`, { hint })
  }
  const { variant: chosen, ...rest } = parsed.data
  const choice = noUpstream === undefined ? { variant: chosen } : typeof chosen === 'object' ? chosen : {}
  const given = Object.entries({ ...rest, ...choice }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as Options
}
