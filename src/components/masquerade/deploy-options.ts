import { z } from 'zod'
import { readComponentOptions, words } from '../read-options.ts'
import type { MasqueradeOptions } from './manifest.ts'

const shape = {
  // The configuration itself is read, and judged, by the agent's own rules.
  config: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  args: words.optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
  tolerate: words.optional(),
  nodes: words.optional(),
}

/**
 * Options from a file or a command line.
 * @throws PacketproofError E_USAGE that names the option and what was expected.
 */
export function readMasqueradeOptions(options: unknown): MasqueradeOptions {
  return readComponentOptions({ component: 'masquerade', shape }, options)
}
