import { z } from 'zod'
import { PacketproofError } from '../../errors.ts'
import type { EncryptionOptions } from './manifest.ts'

const words = z.array(z.string())

const schema = z.strictObject({
  strict: z.boolean().optional(),
  strictCidrs: words.optional(),
  interval: z.string().optional(),
  interface: z.string().optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
  image: z.string().optional(),
  args: words.optional(),
  variant: z.union([z.literal('builtin'), z.strictObject({ image: z.string() })]).optional(),
})

/**
 * Options from a file or a command line.
 * @throws PacketproofError E_USAGE that names the option and what was expected.
 */
export function readEncryptionOptions(options: unknown): EncryptionOptions {
  const parsed = schema.safeParse(options)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const place = issue?.path.join('.') || 'the options'
    const isUpstream = (options as { variant?: unknown } | null)?.variant === 'upstream'
    const message = isUpstream
      ? 'encryption has no upstream variant to deploy: Cilium is the network of a cluster and comes with it'
      : `encryption: ${place}: ${issue?.message ?? 'not understood'}`
    throw new PacketproofError('E_USAGE', message, { hint: `options: ${Object.keys(schema.shape).join(', ')}` })
  }
  const { variant, ...rest } = parsed.data
  return { ...(typeof variant === 'object' && { image: variant.image }), ...withoutUndefined(rest) }
}

function withoutUndefined(values: Readonly<Record<string, unknown>>): EncryptionOptions {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
