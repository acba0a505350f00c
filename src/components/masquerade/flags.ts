import { goQuote } from '../../../helpers/go-quote.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import { type GoFlag, parseGoFlags } from './go-flags.ts'
import { type PortRange, parsePortRanges } from './ports.ts'

/** The agent's options, as its flags set them. */
export interface MasqueradeFlags {
  readonly chain: string
  readonly noMasqAllReservedRanges: boolean
  readonly enableIpv6: boolean
  readonly randomFully: boolean
  readonly toPorts: readonly PortRange[]
  readonly configPath: string
  /** klog's `-v`: 2 and more tells the configuration and the rules of each cycle. */
  readonly verbosity: number
  readonly version: boolean
  readonly help: boolean
  readonly dryRun: boolean
  /** In a dry run: a warning is an error. */
  readonly strict: boolean
  /** In a dry run: print one payload only. */
  readonly family: 4 | 6 | undefined
  /** Arguments after the last flag, which ip-masq-agent ignores. */
  readonly rest: readonly string[]
  /** `FLAG: …` lines of every upstream flag, sorted by name, as upstream logs them at the start. */
  readonly listing: readonly string[]
}

const bool = (defaultText: 'true' | 'false'): GoFlag => ({ kind: 'bool', defaultText })
const text = (defaultText: string): GoFlag => ({ kind: 'string', defaultText })
const int = (defaultText: string): GoFlag => ({ kind: 'int', defaultText })

/** ip-masq-agent's own flags and those of klog v2, which it accepts. */
const upstreamFlags: Readonly<Record<string, GoFlag>> = {
  add_dir_header: bool('false'),
  alsologtostderr: bool('false'),
  'enable-ipv6': bool('false'),
  log_backtrace_at: text(':0'),
  log_dir: text(''),
  log_file: text(''),
  log_file_max_size: int('1800'),
  logtostderr: bool('true'),
  'masq-chain': text('IP-MASQ-AGENT'),
  'nomasq-all-reserved-ranges': bool('false'),
  one_output: bool('false'),
  'random-fully': bool('true'),
  skip_headers: bool('false'),
  skip_log_headers: bool('false'),
  stderrthreshold: text('2'),
  'to-ports': text(''),
  v: int('0'),
  vmodule: text(''),
}

const ownFlags: Readonly<Record<string, GoFlag>> = {
  config: text('/etc/config/ip-masq-agent'),
  'dry-run': bool('false'),
  family: text(''),
  h: bool('false'),
  help: bool('false'),
  strict: bool('false'),
  version: bool('false'),
}

/** @throws PacketproofError E_USAGE naming the flag, its value and what is wrong with it. */
export function parseMasqueradeFlags(argv: readonly string[]): MasqueradeFlags {
  const { values, rest } = parseGoFlags(argv, { ...upstreamFlags, ...ownFlags })
  const valueOf = (name: string): string => values.get(name) ?? ''
  const isSet = (name: string): boolean => valueOf(name) === 'true'
  return {
    chain: readChain(valueOf('masq-chain')),
    noMasqAllReservedRanges: isSet('nomasq-all-reserved-ranges'),
    enableIpv6: isSet('enable-ipv6'),
    randomFully: isSet('random-fully'),
    toPorts: readToPorts(valueOf('to-ports')),
    configPath: valueOf('config'),
    verbosity: Number(valueOf('v')),
    version: isSet('version'),
    help: isSet('help') || isSet('h'),
    dryRun: isSet('dry-run'),
    strict: isSet('strict'),
    family: readFamily(valueOf('family')),
    rest,
    listing: Object.keys(upstreamFlags)
      .sort()
      .map((name) => `FLAG: --${name}=${goQuote(valueOf(name))}`),
  }
}

function readToPorts(value: string): readonly PortRange[] {
  if (value === '') return []
  try {
    return parsePortRanges(value)
  } catch (error) {
    throw new PacketproofError('E_USAGE', `Invalid --to-ports flag ${goQuote(value)}: ${messageOf(error)}`, {
      hint: 'expected ports and ranges separated by commas, for instance 1024-29999,32768-65535',
      cause: error,
    })
  }
}

/** iptables takes 28 characters; a name with spaces would add words to every rule. */
function readChain(value: string): string {
  if (/^[^\s"'\\!:-][^\s"'\\]{0,27}$/.test(value)) return value
  throw new PacketproofError('E_USAGE', `Invalid --masq-chain flag ${goQuote(value)}: not a chain name`, {
    hint: 'expected 1 to 28 characters without spaces or quotes, the first not - ! or :',
  })
}

function readFamily(value: string): 4 | 6 | undefined {
  if (value === '') return undefined
  if (value === '4' || value === '6') return value === '4' ? 4 : 6
  throw new PacketproofError('E_USAGE', `Invalid --family flag ${goQuote(value)}: expected 4 or 6`, {
    hint: 'without --family a dry run prints the payloads of all families that the agent manages',
  })
}

export const masqueradeHelp = `Usage: packetproof agent masquerade [flags]

Keeps the nat chain that masquerades pod traffic to destinations outside a list of CIDRs, as ip-masq-agent 2.12 does.

  --config FILE                 YAML or JSON; read again in every cycle; defaults apply when it does not exist
                                (default /etc/config/ip-masq-agent)
  --masq-chain NAME             name of the nat chain (default IP-MASQ-AGENT)
  --nomasq-all-reserved-ranges  use the longer default list: every IPv4 range that RFCs reserve
  --enable-ipv6                 manage ip6tables too, and accept IPv6 CIDRs
  --random-fully=false          leave --random-fully out of the MASQUERADE rules
  --to-ports LIST               source ports for tcp, udp and sctp, for instance 1024-29999,32768-65535
  -v LEVEL                      log verbosity; 2 tells the configuration and the rules of each cycle
  --version                     print the version and exit

  --dry-run                     print the iptables-restore payload and exit; touch nothing
  --strict                      with --dry-run: warnings are errors
  --family 4|6                  with --dry-run: print only this payload, for instance to pipe it

A boolean flag takes its value after =, for instance --enable-ipv6=false. klog's other flags are accepted.
`
