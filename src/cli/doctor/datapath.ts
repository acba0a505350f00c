import { findTool } from '../../providers/netns/client/find-tool.ts'
import type { Check, CheckResult } from './check.ts'
import { canMapAll, inFreshNamespaces } from './namespaces.ts'
import { runCommand } from './run-command.ts'

interface Trial {
  readonly name: string
  readonly argv: readonly string[]
  readonly isRequired: boolean
  readonly fix: string
  /** It becomes another user, or the same anew. */
  readonly needsUsers?: boolean
  /** Default: exit code 0. */
  readonly succeeded?: (exitCode: number | undefined, output: string) => boolean
}

const loadModule = (module: string): string => `the kernel lacks it: sudo modprobe ${module}, or a kernel that has it`

/** Each is tried in fresh namespaces: whether a kernel can do it is known only once it has done it. */
const trials: readonly Trial[] = [
  {
    name: 'veth pairs',
    argv: ['ip', 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right'],
    isRequired: true,
    fix: loadModule('veth'),
  },
  {
    name: 'bridges',
    argv: ['ip', 'link', 'add', 'bridge0', 'type', 'bridge'],
    isRequired: true,
    fix: loadModule('bridge'),
  },
  {
    name: 'iptables nat',
    argv: [
      'iptables',
      '-w',
      '-t',
      'nat',
      '-A',
      'POSTROUTING',
      '-m',
      'addrtype',
      '!',
      '--dst-type',
      'LOCAL',
      '-j',
      'MASQUERADE',
      '--random-fully',
    ],
    isRequired: true,
    fix: loadModule('iptable_nat xt_MASQUERADE xt_addrtype'),
  },
  {
    name: 'ip6tables nat',
    argv: ['ip6tables', '-w', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE'],
    isRequired: false,
    fix: loadModule('ip6table_nat'),
  },
  {
    name: 'rule comments',
    argv: ['iptables', '-w', '-A', 'FORWARD', '-m', 'comment', '--comment', 'doctor', '-j', 'ACCEPT'],
    isRequired: true,
    fix: loadModule('xt_comment'),
  },
  {
    name: 'ipset',
    argv: ['ipset', 'create', 'doctor', 'hash:ip'],
    isRequired: false,
    fix: loadModule('ip_set_hash_ip'),
  },
  { name: 'conntrack', argv: ['conntrack', '-L'], isRequired: true, fix: loadModule('nf_conntrack_netlink') },
  {
    name: 'captures',
    argv: ['timeout', '--signal', 'INT', '0.5', 'tcpdump', '-Z', 'root', '-i', 'any', '-w', '-'],
    isRequired: true,
    needsUsers: true,
    fix: loadModule('af_packet'),
    succeeded: (_, output) => output.includes('listening on'),
  },
]

export const checkDatapath: Check = async () => {
  const results: CheckResult[] = []
  for (const trial of trials) {
    // A tool that is missing has a line of its own.
    if (findTool(trial.argv[0] ?? '') !== undefined) results.push(await tryOut(trial))
  }
  return results
}

async function tryOut(trial: Trial): Promise<CheckResult> {
  if (trial.needsUsers === true && !(await canMapAll())) {
    const detail = 'not tried: needs subordinate ids and the unshare of util-linux 2.38'
    return { name: trial.name, status: 'warning', detail }
  }
  const { exitCode, output } = await runCommand(await inFreshNamespaces(trial.argv))
  const isGood = trial.succeeded?.(exitCode, output) ?? exitCode === 0
  if (isGood) return { name: trial.name, status: 'ok', detail: 'tried in a namespace of its own' }
  const detail = output.split('\n').at(-1) ?? `exit code ${exitCode}`
  return { name: trial.name, status: trial.isRequired ? 'failed' : 'warning', detail, fix: trial.fix }
}
