import { z } from 'zod'
import { readComponentOptions } from '../read-options.ts'
import type { SidecarOptions } from './deploy.ts'

/**
 * Options from a file or a command line.
 * @throws PacketproofError E_USAGE that names the option and what was expected.
 */
export function readSidecarOptions(options: unknown): SidecarOptions {
  return readComponentOptions({ component: 'sidecar', shape: { namespace: z.string() } }, options)
}
