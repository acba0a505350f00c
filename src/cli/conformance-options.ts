import { type OptionSpec, plainOptions, runOptions } from './options.ts'

const shared = new Set([
  'provider',
  'image',
  'kubeconfig',
  'context',
  'yes',
  'registry',
  'retain',
  'component',
  'timeout',
])

export const conformanceOptions: readonly OptionSpec[] = [
  {
    name: 'cases',
    kind: 'text',
    argument: 'N',
    description: 'how many cases are generated; 0 for the named ones alone',
    default: '25',
  },
  { name: 'seed', kind: 'text', argument: 'N', description: 'what the generated cases are made from', default: '1' },
  {
    name: 'test',
    short: 't',
    kind: 'list',
    argument: 'RE',
    description: 'only cases whose name matches; !RE leaves cases out (repeatable)',
  },
  {
    name: 'family',
    kind: 'text',
    argument: '4|6',
    description: 'probe by IPv4 or IPv6',
    choices: ['4', '6'],
    default: '4',
  },
  {
    name: 'shrink',
    kind: 'text',
    argument: 'N',
    description: 'how many smaller states are tried to find out what a failing generated case fails for',
    default: '80',
  },
  ...runOptions.filter(({ name }) => shared.has(name)),
  ...plainOptions,
]
