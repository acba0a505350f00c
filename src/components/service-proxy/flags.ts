import { parseArgs } from 'node:util'
import { type Cidr, parseCidr } from '../../../helpers/cidr.ts'
import { parseGoDuration } from '../../../helpers/go-duration.ts'
import { nearestName } from '../../../helpers/nearest-name.ts'
import { messageOf, PacketproofError } from '../../errors.ts'

export interface ServiceProxyFlags {
  readonly kubeconfig?: string
  readonly nodeName?: string
  /** At most one of each family. */
  readonly clusterCidrs: readonly Cidr[]
  readonly masqueradeAll: boolean
  readonly localhostNodePorts: boolean
  readonly syncPeriodMs: number
  readonly cleanup: boolean
  readonly dryRun: boolean
  readonly files: readonly string[]
  readonly help: boolean
}

const options = {
  kubeconfig: { type: 'string' },
  node: { type: 'string' },
  'cluster-cidr': { type: 'string' },
  'masquerade-all': { type: 'boolean', default: false },
  'iptables-localhost-nodeports': { type: 'string', default: 'true' },
  'sync-period': { type: 'string', default: '5s' },
  cleanup: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  filename: { type: 'string', short: 'f', multiple: true },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/**
 * @param env `NODE_NAME` stands in for `--node`.
 * @throws PacketproofError E_USAGE that names the flag and what was expected.
 */
export function parseServiceProxyFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): ServiceProxyFlags {
  const values = readValues(argv)
  const { kubeconfig, filename: files = [], cleanup, help } = values
  const dryRun = values['dry-run']
  const nodeName = values.node ?? env['NODE_NAME']
  if (files.length > 0 && !dryRun) throw usage('-f is for --dry-run: the agent itself reads the cluster')
  if (dryRun && cleanup) throw usage('--dry-run and --cleanup exclude each other')
  if (dryRun && files.length === 0) throw usage('--dry-run needs -f FILE: Services and EndpointSlices')
  if (!nodeName && !cleanup && !help) throw usage('which node is this? expected --node NAME (or NODE_NAME)')
  return {
    clusterCidrs: readClusterCidrs(values['cluster-cidr']),
    masqueradeAll: values['masquerade-all'],
    localhostNodePorts: readBoolean('iptables-localhost-nodeports', values['iptables-localhost-nodeports']),
    syncPeriodMs: readPeriod(values['sync-period']),
    cleanup,
    dryRun,
    files,
    help,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(nodeName && { nodeName }),
  }
}

function readValues(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] {
  // kube-proxy's flags of this name may stand alone, or have a value after an equals sign.
  const words = argv.map((word) => (word === '--iptables-localhost-nodeports' ? `${word}=true` : word))
  try {
    return parseArgs({ args: words, options, allowPositionals: false }).values
  } catch (error) {
    const unknown = /Unknown option '--?([^']+)'/.exec(messageOf(error))?.[1]
    if (unknown === undefined) throw usage(messageOf(error), error)
    const nearest = nearestName(unknown, Object.keys(options))
    throw usage(`unknown flag --${unknown}`, error, nearest === undefined ? undefined : `did you mean --${nearest}?`)
  }
}

function readClusterCidrs(text: string | undefined): readonly Cidr[] {
  if (text === undefined || text === '') return []
  const cidrs = text.split(',').map((part) => {
    try {
      return parseCidr(part.trim())
    } catch (error) {
      throw usage(`--cluster-cidr: ${messageOf(error)}`, error)
    }
  })
  if (new Set(cidrs.map(({ family }) => family)).size === cidrs.length) return cidrs
  throw usage(`--cluster-cidr "${text}": expected one CIDR, or one of each address family`)
}

function readBoolean(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw usage(`--${name} "${text}": expected true or false`)
}

function readPeriod(text: string): number {
  const problem = `--sync-period "${text}": expected a duration between 100ms and 24h, for instance 30s`
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

export const serviceProxyHelp = `Usage: packetproof agent service-proxy [flags]

Translates what goes to Services to their endpoints, with the chains and rules of kube-proxy's iptables mode: cluster IPs, node
ports, external IPs, load balancers, session affinity, traffic policies, both address families.

  --kubeconfig FILE       the cluster (default: the one whose pod this is)
  --node NAME             this machine's Node (default: $NODE_NAME)
  --cluster-cidr CIDRS    the pods' addresses: what comes to cluster IPs from elsewhere is masqueraded
  --masquerade-all        masquerade everything that goes to cluster IPs
  --iptables-localhost-nodeports=BOOL
                          answer at node ports of 127.0.0.1, too (default true)
  --sync-period DURATION  how often the rules are looked at; Services and endpoints are followed at once (default 5s)
  --cleanup               take all chains and rules away, and exit

  --dry-run -f FILE       print the iptables-restore payload for the Services and EndpointSlices of a manifest file or folder
                          ("-": standard input; repeatable), and exit; touch nothing
`
