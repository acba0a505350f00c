import { parseArgs } from 'node:util'
import { parseCidr } from '../../../helpers/cidr.ts'
import { parseGoDuration } from '../../../helpers/go-duration.ts'
import { nearestName } from '../../../helpers/nearest-name.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import { defaultStateDirectory } from './names.ts'

export interface EncryptionFlags {
  readonly nodeName: string | undefined
  readonly kubeconfig: string | undefined
  readonly interface: string | undefined
  readonly intervalMs: number
  readonly stateDirectory: string
  readonly keepaliveSeconds: number
  readonly strict: boolean
  readonly strictCidrs: readonly string[]
  readonly waitForDevice: boolean
  readonly mode: 'agent' | 'dry-run' | 'rotate-key' | 'cleanup' | 'help'
  /** Objects for a dry run: a path, or `-`. */
  readonly from: string | undefined
}

const options = {
  kubeconfig: { type: 'string' },
  node: { type: 'string' },
  interface: { type: 'string' },
  interval: { type: 'string', default: '5s' },
  'state-dir': { type: 'string', default: defaultStateDirectory },
  'persistent-keepalive': { type: 'string', default: '0s' },
  strict: { type: 'boolean', default: false },
  'strict-cidr': { type: 'string', multiple: true },
  'wait-for-device': { type: 'boolean', default: false },
  'rotate-key': { type: 'boolean', default: false },
  cleanup: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  file: { type: 'string', short: 'f' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/**
 * @param env `NODE_NAME` stands in for `--node`.
 * @throws PacketproofError E_USAGE that names the flag and what was expected.
 */
export function parseEncryptionFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): EncryptionFlags {
  const values = readValues(argv)
  const modes = (['dry-run', 'rotate-key', 'cleanup'] as const).filter((name) => values[name])
  if (modes.length > 1) throw usage(`--${modes[0]} and --${modes[1]} exclude each other`)
  if (values.file !== undefined && modes[0] !== 'dry-run') {
    throw usage('--file is for --dry-run: the agent itself reads the cluster and its node')
  }
  const strictCidrs = (values['strict-cidr'] ?? []).flatMap((text) => text.split(',')).map(readCidr)
  if (strictCidrs.length > 0 && !values.strict) throw usage('--strict-cidr is for --strict')
  if (values.interface !== undefined && !/^[^\s/!+"'\\]{1,15}$/.test(values.interface)) {
    throw usage(
      `--interface "${values.interface}" is not an interface name: expected 1 to 15 characters without spaces or slashes`,
    )
  }
  return {
    nodeName: values.node ?? (env['NODE_NAME'] || undefined),
    kubeconfig: values.kubeconfig,
    interface: values.interface,
    intervalMs: readDuration('interval', values.interval, 100, 86_400_000),
    stateDirectory: readDirectory(values['state-dir']),
    keepaliveSeconds: Math.ceil(
      readDuration('persistent-keepalive', values['persistent-keepalive'], 0, 65_535_000) / 1000,
    ),
    strict: values.strict,
    strictCidrs,
    waitForDevice: values['wait-for-device'],
    mode: values.help ? 'help' : (modes[0] ?? 'agent'),
    from: values.file,
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

function readDirectory(text: string): string {
  if (text.startsWith('/')) return text
  throw usage(`--state-dir "${text}": expected an absolute path`)
}

function readDuration(name: string, text: string, least: number, most: number): number {
  const problem = `--${name} "${text}": expected a duration between ${least} ms and ${most / 1000} s, for instance 5s`
  let ms: number
  try {
    ms = Number(parseGoDuration(text) / 1_000_000n)
  } catch (error) {
    throw usage(problem, error)
  }
  if (ms < least || ms > most) throw usage(problem)
  return ms
}

function readCidr(text: string): string {
  try {
    return parseCidr(text).text
  } catch (error) {
    throw usage(`--strict-cidr ${messageOf(error)}`, error)
  }
}

function usage(message: string, cause?: unknown, hint = 'see --help'): PacketproofError {
  return new PacketproofError('E_USAGE', message, { hint, cause })
}

export const encryptionHelp = `Usage: packetproof agent encryption [flags]

Sends what pods send to pods of other nodes through WireGuard, as Cilium did up to 1.13: one key pair and one device cilium_wg0 per
node, UDP 51871, the public key as annotation network.cilium.io/wg-pub-key of the Node, a peer for every other node with the addresses
of its pods, and a mark (0xe00/0xf00) that a rule (priority 1, table 201) leads into the device. The device is the kernel's, or
wireguard-go's where the kernel has none.

  --kubeconfig FILE           the cluster (default: the one whose pod this is)
  --node NAME                 this machine's Node (default: $NODE_NAME, or the one whose InternalIP this machine has)
  --interface NAME            the interface that leads to the other nodes (default: the one that has the Node's InternalIP)
  --strict                    drop what would go from pod to pod of another node in plain, whatever the reason
  --strict-cidr CIDR          between these (default: the pod CIDRs of all Nodes); may be repeated
  --persistent-keepalive TIME how often an idle tunnel says that it is there (default 0s: never)
  --state-dir DIR             where the private key is kept, in cilium_wg0.key (default ${defaultStateDirectory})
  --interval DURATION         how often everything is looked at; nodes and pods are followed at once (default 5s)
  --wait-for-device           leave it to another program to make cilium_wg0, so that the tunnel outlives this one

  --rotate-key                put a new key in the place of the old one, and exit; a running agent takes it up, and the others follow
  --cleanup                   take device, rules, routes, chains, sets, key and annotation away, and exit
  --dry-run                   print what would be done, and exit; touch nothing
  -f, --file FILE             with --dry-run: Nodes and Pods (kubectl get nodes,pods -A -o yaml) instead of the cluster, and an empty
                              machine with the interface eth0 (or --interface) instead of this one; "-" is standard input
`
