import { z } from 'zod'
import { readComponentOptions, words } from '../read-options.ts'
import type { EncryptionOptions } from './manifest.ts'

const shape = {
  strict: z.boolean().optional(),
  strictCidrs: words.optional(),
  interval: z.string().optional(),
  interface: z.string().optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
  image: z.string().optional(),
  args: words.optional(),
}
const noUpstream = 'Cilium is the network of a cluster and comes with it'

/**
 * Options from a file or a command line.
 * @throws PacketproofError E_USAGE that names the option and what was expected.
 */
export function readEncryptionOptions(options: unknown): EncryptionOptions {
  return readComponentOptions({ component: 'encryption', shape, noUpstream }, options)
}
