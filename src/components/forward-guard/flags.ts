import { parseArgs } from 'node:util'
import type { Cidr } from '../../../helpers/cidr.ts'
import { parseGoDuration } from '../../../helpers/go-duration.ts'
import { nearestName } from '../../../helpers/nearest-name.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { Backend } from './backend.ts'
import { readPodCidr } from './cluster-node.ts'
import type { IpFamily } from './guard-rule.ts'
import type { GuardOptions } from './reconcile.ts'

export interface ForwardGuardFlags extends GuardOptions {
  readonly families: readonly IpFamily[]
  readonly intervalMs: number
  readonly kubeconfig?: string
  readonly dryRun: boolean
  readonly remove: boolean
  readonly help: boolean
  readonly nodesFrom?: string
  readonly rulesFrom?: string
  /** In a dry run: print this payload alone, so that it can be piped. */
  readonly payload?: 'sets' | 'rules'
}

const options = {
  kubeconfig: { type: 'string' },
  node: { type: 'string' },
  interface: { type: 'string' },
  backend: { type: 'string', default: 'auto' },
  interval: { type: 'string', default: '5s' },
  ipv6: { type: 'boolean', default: false },
  'pod-cidr': { type: 'string', multiple: true },
  remove: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  family: { type: 'string' },
  'nodes-from': { type: 'string' },
  'rules-from': { type: 'string' },
  payload: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/**
 * @param env `NODE_NAME` stands in for `--node`.
 * @throws PacketproofError E_USAGE that names the flag and what was expected.
 */
export function parseForwardGuardFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): ForwardGuardFlags {
  const values = readValues(argv)
  const { kubeconfig, 'nodes-from': nodesFrom, 'rules-from': rulesFrom, interface: inInterface } = values
  const dryRun = values['dry-run']
  for (const name of ['nodes-from', 'rules-from', 'payload', 'family'] as const) {
    if (values[name] !== undefined && !dryRun)
      throw usage(`--${name} is for --dry-run: the agent itself reads the cluster and its node`)
  }
  if (dryRun && values.remove) throw usage('--dry-run and --remove exclude each other')
  const family = values.family === undefined ? undefined : oneOf('family', values.family, ['4', '6'])
  if (rulesFrom !== undefined && family === undefined && values.ipv6) {
    throw usage('--rules-from holds the rules of one address family: say which with --family 4 or --family 6')
  }
  if (inInterface !== undefined && !/^[^\s/!+"'\\]{1,15}$/.test(inInterface)) {
    throw usage(
      `--interface "${inInterface}" is not an interface name: expected 1 to 15 characters without spaces or slashes`,
    )
  }
  const nodeName = values.node ?? env['NODE_NAME']
  const payload = values.payload === undefined ? undefined : oneOf('payload', values.payload, ['sets', 'rules'])
  return {
    families: family === undefined ? (values.ipv6 ? [4, 6] : [4]) : [family === '4' ? 4 : 6],
    backend: oneOf<Backend | 'auto'>('backend', values.backend, ['nft', 'legacy', 'auto']),
    intervalMs: readInterval(values.interval),
    podCidrs: (values['pod-cidr'] ?? []).flatMap((text) => text.split(',')).map(readPodCidrFlag),
    dryRun,
    remove: values.remove,
    help: values.help,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(nodeName && { nodeName }),
    ...(inInterface !== undefined && { inInterface }),
    ...(nodesFrom !== undefined && { nodesFrom }),
    ...(rulesFrom !== undefined && { rulesFrom }),
    ...(payload !== undefined && { payload }),
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

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw usage(`--${name} "${value}": expected ${known.slice(0, -1).join(', ')} or ${known.at(-1) ?? ''}`)
}

function readInterval(text: string): number {
  const problem = `--interval "${text}": expected a duration between 100ms and 24h, for instance 5s`
  let ms: number
  try {
    ms = Number(parseGoDuration(text) / 1_000_000n)
  } catch (error) {
    throw usage(problem, error)
  }
  if (ms < 100 || ms > 86_400_000) throw usage(problem)
  return ms
}

function readPodCidrFlag(text: string): Cidr {
  try {
    return readPodCidr(text, '--pod-cidr')
  } catch (error) {
    throw usage(messageOf(error), error)
  }
}

function usage(message: string, cause?: unknown, hint = 'see --help'): PacketproofError {
  return new PacketproofError('E_USAGE', message, { hint, cause })
}

export const forwardGuardHelp = `Usage: packetproof agent forward-guard [flags]

Keeps the ipset cluster_nodes equal to the cluster's nodes, and one rule in FORWARD that rejects what enters by the nodes'
interface from anyone else, at the place where pods' traffic, replies and connections that exist have been accepted already.

  --kubeconfig FILE       the cluster (default: the one whose pod this is)
  --node NAME             this machine's Node (default: $NODE_NAME, or the one whose InternalIP this machine has)
  --interface NAME        the interface that carries the nodes' subnet (default: found)
  --backend KIND          nft, legacy or auto: where others have their rules in FORWARD (default auto)
  --ipv6                  guard IPv6 too, with the set cluster_nodes6
  --pod-cidr CIDR         more addresses of pods than Node objects tell; may be repeated
  --interval DURATION     how often the rules are looked at; nodes are followed at once (default 5s)
  --remove                take rules and sets away, and exit

  --dry-run               print what would be done and why, and exit; touch nothing
  --nodes-from FILE       with --dry-run: Node objects (kubectl get nodes -o yaml) instead of the cluster
  --rules-from FILE       with --dry-run: the output of iptables-save instead of this machine's rules and sets
  --family 4|6            with --dry-run: this address family alone
  --payload sets|rules    with --dry-run: this payload alone, for instance to pipe it
`
