import { parseArgs } from 'node:util'
import { parseGoDuration } from '../../../helpers/go-duration.ts'
import { nearestName } from '../../../helpers/nearest-name.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import { type Dialect, dialects } from './dialect.ts'

export interface NetworkPolicyFlags {
  readonly kubeconfig?: string
  readonly nodeName?: string
  readonly dialect: Dialect
  readonly refreshIntervalMs: number
  readonly cleanup: boolean
  readonly dryRun: boolean
  readonly files: readonly string[]
  readonly help: boolean
}

const options = {
  kubeconfig: { type: 'string' },
  node: { type: 'string' },
  dialect: { type: 'string', default: 'v3.32' },
  'refresh-interval': { type: 'string', default: '90s' },
  cleanup: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  filename: { type: 'string', short: 'f', multiple: true },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/**
 * @param env `NODE_NAME` stands in for `--node`.
 * @throws PacketproofError E_USAGE that names the flag and what was expected.
 */
export function parseNetworkPolicyFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): NetworkPolicyFlags {
  const values = readValues(argv)
  const { kubeconfig, filename: files = [], cleanup, help } = values
  const dryRun = values['dry-run']
  const nodeName = values.node ?? env['NODE_NAME']
  if (files.length > 0 && !dryRun) throw usage('-f is for --dry-run: the agent itself reads the cluster')
  if (dryRun && cleanup) throw usage('--dry-run and --cleanup exclude each other')
  if (dryRun && files.length === 0) throw usage('--dry-run needs -f FILE: Namespaces, Pods and NetworkPolicies')
  if (!nodeName && !cleanup && !help) throw usage('which node is this? expected --node NAME (or NODE_NAME)')
  return {
    dialect: readDialect(values.dialect),
    refreshIntervalMs: readInterval(values['refresh-interval']),
    cleanup,
    dryRun,
    files,
    help,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(nodeName && { nodeName }),
  }
}

function readValues(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values
  } catch (error) {
    const unknown = /Unknown option '--?([^']+)'/.exec(messageOf(error))?.[1]
    if (unknown === undefined) throw usage(messageOf(error), error)
    const nearest = nearestName(unknown, Object.keys(options))
    throw usage(`unknown flag --${unknown}`, error, nearest === undefined ? undefined : `did you mean --${nearest}?`)
  }
}

function readDialect(text: string): Dialect {
  const found = Object.values(dialects).find(({ name }) => name === text)
  if (found !== undefined) return found
  throw usage(`--dialect "${text}": expected ${Object.keys(dialects).join(' or ')}`)
}

function readInterval(text: string): number {
  const problem = `--refresh-interval "${text}": expected a duration between 100ms and 24h, for instance 30s`
  let ms: number
  try {
    ms = Number(parseGoDuration(text) / 1_000_000n)
  } catch (error) {
    throw usage(problem, error)
  }
  if (ms < 100 || ms > 86_400_000) throw usage(problem)
  return ms
}

function usage(message: string, cause?: unknown, hint = 'see --help'): PacketproofError {
  return new PacketproofError('E_USAGE', message, { hint, cause })
}

export const networkPolicyHelp = `Usage: packetproof agent network-policy [flags]

Enforces the NetworkPolicies of a cluster on one node, with the chains, marks, sets, names and hashes of Calico's Felix in iptables
mode: IPv4 and IPv6, ingress and egress.

  --kubeconfig FILE             the cluster (default: the one whose pod this is)
  --node NAME                   this machine's Node (default: $NODE_NAME)
  --dialect VERSION             whose rules: Calico's v3.32 (default) or v2.5
  --refresh-interval DURATION   how often rules and sets are compared with what is in the kernel; objects are followed at once
                                (default 90s)
  --cleanup                     take all chains, jumps and sets away, and exit

  --dry-run -f FILE             print what the node would be given for the Namespaces, Pods and NetworkPolicies of a manifest file or
                                folder ("-": standard input; repeatable), and exit; touch nothing
`
