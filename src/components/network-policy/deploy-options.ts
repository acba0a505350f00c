import { z } from 'zod'
import { readComponentOptions, words } from '../read-options.ts'
import type { NetworkPolicyOptions } from './manifest.ts'

const shape = {
  dialect: z.enum(['v3.32', 'v2.5']).optional(),
  refreshInterval: z.string().optional(),
  image: z.string().optional(),
  args: words.optional(),
}
const noUpstream = 'Calico is the network of a cluster and comes with it'

/**
 * Options from a file or a command line.
 * @throws PacketproofError E_USAGE that names the option and what was expected.
 */
export function readNetworkPolicyOptions(options: unknown): NetworkPolicyOptions {
  return readComponentOptions({ component: 'network-policy', shape, noUpstream }, options)
}
