import type { ProviderChoices } from '../cluster/node-access.ts'
import { PacketproofError } from '../errors.ts'
import { borrowsCluster, providerNames } from '../providers/create-cluster.ts'
import type { OptionValues } from './option-values.ts'
import type { OptionSpec } from './options.ts'

/** Which provider, and what it is told. */
export const providerOptions: readonly OptionSpec[] = [
  {
    name: 'provider',
    kind: 'text',
    argument: 'NAME',
    description: 'what carries the cluster',
    choices: providerNames,
    default: 'netns',
  },
  { name: 'image', kind: 'text', argument: 'IMAGE', description: 'kind: the image of the nodes' },
  {
    name: 'kubeconfig',
    kind: 'text',
    argument: 'FILE',
    description: 'kubeconfig: the file (default: $KUBECONFIG, then ~/.kube/config)',
  },
  {
    name: 'context',
    kind: 'text',
    argument: 'NAME',
    description: 'kubeconfig: the context (default: the current one of the file)',
  },
  {
    name: 'yes',
    short: 'y',
    kind: 'flag',
    description: 'kubeconfig: consent to what will be made in a cluster that has not been used before',
  },
  {
    name: 'registry',
    kind: 'text',
    argument: 'PREFIX',
    description:
      'kubeconfig: where the cluster can pull the images of this project from, for instance registry.example/packetproof',
  },
  {
    name: 'retain',
    kind: 'flag',
    description: 'leave the cluster, or what was made in one that was there before; `packetproof down` removes it',
  },
]

const uses: Readonly<Record<string, readonly string[]>> = {
  image: ['kind'],
  kubeconfig: ['kubeconfig'],
  context: ['kubeconfig'],
  yes: ['kubeconfig'],
  registry: ['kubeconfig'],
  retain: ['kind', 'kubeconfig'],
}

/** @throws PacketproofError E_USAGE for a provider whose clusters must not be broken */
export function refuseToBreak(provider: string): void {
  if (!borrowsCluster(provider)) return
  throw new PacketproofError(
    'E_USAGE',
    `prove breaks the nodes on purpose, and the provider ${provider} borrows its cluster`,
    {
      hint: 'prove the scenario with --provider netns or kind; use run with this one',
    },
  )
}

/** @throws PacketproofError E_USAGE for an option that the provider does not have, or a port that is none */
export function readProviderChoices(values: OptionValues): ProviderChoices {
  const provider = values.text('provider') ?? 'netns'
  for (const [name, providers] of Object.entries(uses)) {
    if (!values.wasGiven(name) || providers.includes(provider)) continue
    throw new PacketproofError('E_USAGE', `--${name} is for the provider ${providers.join(' or ')}, not ${provider}`, {
      hint: `add --provider ${providers[0]}, or leave it out`,
    })
  }
  const text = <Key extends string>(key: Key, name: string): { readonly [K in Key]?: string } => {
    const value = values.text(name)
    return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string }
  }
  const apiPort = values.port('api-port')
  return {
    ...(apiPort !== undefined && { apiPort }),
    ...text('image', 'image'),
    ...text('kubeconfig', 'kubeconfig'),
    ...text('context', 'context'),
    ...text('registry', 'registry'),
    ...(values.flag('yes') && { yes: true }),
    ...(values.flag('retain') && { retain: true }),
  }
}
