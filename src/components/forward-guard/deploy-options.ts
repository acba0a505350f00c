import { z } from 'zod'
import { readComponentOptions, words } from '../read-options.ts'
import type { ForwardGuardOptions } from './manifest.ts'

const shape = {
  ipv6: z.boolean().optional(),
  interface: z.string().optional(),
  backend: z.enum(['auto', 'nft', 'legacy']).optional(),
  podCidrs: words.optional(),
  interval: z.string().optional(),
  image: z.string().optional(),
  args: words.optional(),
}

/**
 * Options from a file or a command line.
 * @throws PacketproofError E_USAGE that names the option and what was expected.
 */
export function readForwardGuardOptions(options: unknown): ForwardGuardOptions {
  return readComponentOptions({ component: 'forward-guard', shape, noUpstream: 'nobody publishes one' }, options)
}
