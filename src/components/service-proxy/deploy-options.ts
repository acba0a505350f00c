import { z } from 'zod'
import { readComponentOptions, words } from '../read-options.ts'
import type { ServiceProxyOptions } from './manifest.ts'

const shape = {
  clusterCidrs: words.optional(),
  masqueradeAll: z.boolean().optional(),
  localhostNodePorts: z.boolean().optional(),
  syncPeriod: z.string().optional(),
  image: z.string().optional(),
  args: words.optional(),
}
const noUpstream = 'kube-proxy comes with the cluster'

/**
 * Options from a file or a command line.
 * @throws PacketproofError E_USAGE that names the option and what was expected.
 */
export function readServiceProxyOptions(options: unknown): ServiceProxyOptions {
  return readComponentOptions({ component: 'service-proxy', shape, noUpstream }, options)
}
