import { providerOptions } from './provider-options.ts'

/** How an option's text becomes a value. `count` is a flag that may be repeated (`-vv`), `list` an option with a value that may be. */
export type OptionKind = 'flag' | 'count' | 'text' | 'list' | 'port' | 'duration'

export interface OptionSpec {
  /** The long name without dashes. */
  readonly name: string
  readonly short?: string
  readonly kind: OptionKind
  /** The value's name in the help; every kind but `flag` and `count` has one. */
  readonly argument?: string
  readonly description: string
  readonly choices?: readonly string[]
  readonly default?: string
}

export const verbose: OptionSpec = {
  name: 'verbose',
  short: 'v',
  kind: 'count',
  description: 'say more (repeat for more still); error messages come with their stack',
}

export const quiet: OptionSpec = {
  name: 'quiet',
  short: 'q',
  kind: 'flag',
  description: 'print results and errors only',
}

export const noColor: OptionSpec = { name: 'no-color', kind: 'flag', description: 'no colours (as NO_COLOR=1)' }

export const format: OptionSpec = {
  name: 'format',
  kind: 'text',
  argument: 'FORMAT',
  description: 'how results are printed on stdout',
  choices: ['table', 'json'],
  default: 'table',
}

const everywhere = [format, verbose, quiet, noColor]

const running: readonly OptionSpec[] = [
  ...providerOptions,
  {
    name: 'component',
    kind: 'list',
    argument: 'NAME=VARIANT',
    description:
      'the variant of a component: builtin, upstream, present (the cluster has it: deploy nothing), or your own image or host:/path/to/binary (repeatable)',
  },
  {
    name: 'test',
    short: 't',
    kind: 'list',
    argument: 'RE',
    description: 'only claims whose id or sentence matches; !RE leaves claims out (repeatable)',
  },
  { name: 'keep', kind: 'flag', description: 'keep the cluster for exploring until Ctrl-C, and say how to enter it' },
  {
    name: 'shard',
    kind: 'text',
    argument: 'I/N',
    description: 'only the I-th of N parts of the scenarios, for machines that share the work',
  },
  { name: 'slow', kind: 'flag', description: 'also take the steps that wait for real intervals, a minute and more' },
  {
    name: 'dry-run',
    kind: 'flag',
    description: 'print the plan (clusters, components, steps, claims, faults); touch nothing',
  },
  {
    name: 'out',
    short: 'o',
    kind: 'text',
    argument: 'DIR',
    description: 'where reports are written',
    default: 'reports',
  },
  {
    name: 'api-port',
    kind: 'port',
    argument: 'N',
    description: 'TCP port of the Kubernetes API on 127.0.0.1 (default: any free one)',
  },
  {
    name: 'timeout',
    kind: 'duration',
    argument: 'TIME',
    description: 'stop the whole run after this long, for instance 90s or 10m (default: no limit)',
  },
]

export const runOptions: readonly OptionSpec[] = [...running, ...everywhere]

export const proveOptions: readonly OptionSpec[] = [
  {
    name: 'fault',
    kind: 'list',
    argument: 'FILE',
    description: 'inject the faults of this file, too (repeatable)',
  },
  {
    name: 'until-caught',
    kind: 'flag',
    description: 'end each broken run with the step that caught its fault: faster, with fewer claims in the matrix',
  },
  { name: 'only-fault', kind: 'list', argument: 'NAME', description: 'inject only this fault (repeatable)' },
  ...runOptions,
]

export const listOptions: readonly OptionSpec[] = [
  { name: 'claims', kind: 'flag', description: 'show claims, steps and faults as well' },
  ...everywhere,
]

export const reportOptions: readonly OptionSpec[] = [
  { name: 'render', kind: 'flag', description: 'write the report files anew from run.json' },
  {
    name: 'merge',
    kind: 'text',
    argument: 'FOLDER',
    description: 'write the runs in the folders that are named as one report into this new folder',
  },
  ...everywhere,
]

export const plainOptions: readonly OptionSpec[] = everywhere

export const injectOptions: readonly OptionSpec[] = [
  {
    name: 'filename',
    short: 'f',
    kind: 'text',
    argument: 'FILE',
    description: 'the manifest, YAML or JSON; - reads standard input',
  },
  {
    name: 'image',
    kind: 'text',
    argument: 'IMAGE',
    description: "of both containers: Istio's, or this project's packetproof/agent (default: docker.io/istio/proxyv2)",
  },
  verbose,
  quiet,
  noColor,
]

export const matrixOptions: readonly OptionSpec[] = [
  {
    name: 'filename',
    short: 'f',
    kind: 'list',
    argument: 'PATH',
    description: 'a manifest file or a folder of them, "-" for standard input (repeatable)',
  },
  {
    name: 'ports',
    kind: 'list',
    argument: 'PORTS',
    description: 'what to probe, for instance tcp/80,udp/81 (default: the ports that containers declare, or tcp/80)',
  },
  {
    name: 'via',
    kind: 'text',
    argument: 'WAY',
    description: 'probe pods at their own addresses, or each by a Service that is made for it',
    choices: ['ip', 'service'],
    default: 'ip',
  },
  {
    name: 'family',
    kind: 'text',
    argument: 'FAMILY',
    description: 'the address family',
    choices: ['4', '6'],
    default: '4',
  },
  {
    name: 'from',
    kind: 'list',
    argument: 'WHO',
    description: 'probe from these too; machines are an outsider and an external host (repeatable)',
    choices: ['nodes', 'machines'],
  },
  {
    name: 'replace-images',
    kind: 'flag',
    description: 'run a server on the ports that each container declares, in place of its own image',
  },
  {
    name: 'explain',
    kind: 'list',
    argument: 'CELL',
    description:
      'show the rules that decided a cell: SOURCE,TARGET,PORT, or "wrong" for the first that differ (repeatable)',
  },
  {
    name: 'component',
    kind: 'list',
    argument: 'NAME=VARIANT',
    description: 'network-policy=builtin, none (nobody enforces), host:/path/to/binary or an image',
  },
  {
    name: 'timeout',
    kind: 'duration',
    argument: 'TIME',
    description: 'stop after this long, for instance 90s or 10m (default: no limit)',
  },
  ...everywhere,
]

export const compareOptions: readonly OptionSpec[] = [
  { name: 'all', short: 'a', kind: 'flag', description: 'show what is the same as well' },
  { name: 'out', short: 'o', kind: 'text', argument: 'FILE', description: 'also write an HTML page to this file' },
  ...everywhere,
]
