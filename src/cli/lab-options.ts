import type { OptionSpec } from './options.ts'
import { plainOptions } from './options.ts'
import { providerOptions } from './provider-options.ts'

const lab: OptionSpec = {
  name: 'lab',
  short: 'l',
  kind: 'text',
  argument: 'NAME',
  description: 'which lab (default: the only one there is)',
}

const timeout: OptionSpec = {
  name: 'timeout',
  kind: 'duration',
  argument: 'TIME',
  description: 'how long at most, for instance 500ms or 10s',
}

export const labOptions: readonly OptionSpec[] = [lab, ...plainOptions]

export const upOptions: readonly OptionSpec[] = [
  {
    name: 'name',
    short: 'n',
    kind: 'text',
    argument: 'NAME',
    description: 'what to call the lab (default: as its profile)',
  },
  ...providerOptions.filter(({ name }) => name !== 'retain'),
  {
    name: 'api-port',
    kind: 'port',
    argument: 'N',
    description: 'TCP port of the Kubernetes API on 127.0.0.1 (default: any free one)',
  },
  ...plainOptions,
]

export const downOptions: readonly OptionSpec[] = [
  {
    name: 'all',
    short: 'a',
    kind: 'flag',
    description: 'all labs, crashed ones too, and the kind clusters that killed runs have left or --retain has kept',
  },
  {
    name: 'kubeconfig',
    kind: 'text',
    argument: 'FILE',
    description: 'with --all: also what runs have left in the cluster that this kubeconfig leads to',
  },
  {
    name: 'context',
    kind: 'text',
    argument: 'NAME',
    description: 'the context of that kubeconfig (default: its current one)',
  },
  ...plainOptions,
]

export const deployOptions: readonly OptionSpec[] = [
  {
    name: 'variant',
    kind: 'text',
    argument: 'NAME',
    description: 'builtin, upstream, an image, or host:/path/to/binary (default: builtin)',
  },
  { name: 'options', kind: 'text', argument: 'FILE', description: "the component's options, as YAML" },
  timeout,
  lab,
  ...plainOptions,
]

export const applyOptions: readonly OptionSpec[] = [
  {
    name: 'filename',
    short: 'f',
    kind: 'list',
    argument: 'FILE',
    description: 'a manifest file or folder; - is standard input (repeatable)',
  },
  { ...timeout, description: 'how long the pods may take to be ready (default: 60s)' },
  lab,
  ...plainOptions,
]

export const watchOptions: readonly OptionSpec[] = [
  {
    name: 'ports',
    kind: 'list',
    argument: 'LIST',
    description: 'what to probe, for instance tcp/80,udp/81 (default: tcp/80)',
  },
  { name: 'interval', kind: 'duration', argument: 'TIME', description: 'how often (default: 500ms)' },
  { ...timeout, description: 'end after this long (default: Ctrl-C)' },
  lab,
  ...plainOptions,
]

export const kubeconfigOptions: readonly OptionSpec[] = [
  {
    name: 'merge',
    kind: 'flag',
    description:
      'merge it into $KUBECONFIG or ~/.kube/config, and make it the current context; down takes it out again',
  },
  ...plainOptions,
]

export const removeOptions: readonly OptionSpec[] = [timeout, lab, ...plainOptions]

export const explainOptions: readonly OptionSpec[] = [
  {
    name: 'proto',
    short: 'p',
    kind: 'text',
    argument: 'NAME',
    description: 'what to send (default: tcp with a port, icmp without)',
    choices: ['tcp', 'udp', 'icmp'],
  },
  { ...timeout, description: 'how long to wait for the answer (default: 1s)' },
  { name: 'svg', kind: 'text', argument: 'FILE', description: 'also write a drawing to this file' },
  lab,
  ...plainOptions,
]

export const captureOptions: readonly OptionSpec[] = [
  {
    name: 'write',
    short: 'w',
    kind: 'text',
    argument: 'FILE',
    description: 'write a pcap file instead of lines; - is standard output, for Wireshark',
  },
  { name: 'count', short: 'c', kind: 'text', argument: 'N', description: 'end after so many packets of each host' },
  { ...timeout, description: 'end after this long' },
  lab,
  ...plainOptions,
]

export const rulesOptions: readonly OptionSpec[] = [
  {
    name: 'owner',
    kind: 'text',
    argument: 'COMPONENT',
    description: 'of a host: only what this component has in it',
  },
  {
    name: 'follow',
    short: 'f',
    kind: 'flag',
    description: 'of a host: go on, with a line for each rule that counts or changes, until Ctrl-C',
  },
  { name: 'ipv6', short: '6', kind: 'flag', description: 'of a host: the rules of ip6tables' },
  lab,
  ...plainOptions,
]
