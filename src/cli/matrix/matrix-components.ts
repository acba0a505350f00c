import type { Cluster } from '../../cluster/cluster.ts'
import { networkPolicy } from '../../components/network-policy/network-policy.ts'
import { PacketproofError } from '../../errors.ts'
import { suggest } from '../suggest.ts'

/** Which implementation enforces policies: packetproof's, nobody's, or an image that has an agent as its entry point. */
export type PolicyVariant = 'builtin' | 'none' | { readonly image: string }

const names = ['network-policy'] as const

/** @throws PacketproofError E_USAGE for a component or a variant that there is not. */
export function selectPolicyVariant(texts: readonly string[]): PolicyVariant {
  let variant: PolicyVariant = 'builtin'
  for (const text of texts) {
    const [name = '', ...rest] = text.split('=')
    const wanted = rest.join('=')
    if (!names.some((known) => known === name)) {
      throw new PacketproofError('E_USAGE', `--component "${text}": there is no component "${name}" in a matrix`, {
        hint: suggest(name, [...names]),
      })
    }
    if (wanted === 'builtin' || wanted === 'none') variant = wanted
    else if (/^host:\/|^[^\s/:@]+.*[/:@]/.test(wanted)) variant = { image: wanted }
    else {
      throw new PacketproofError('E_USAGE', `--component "${text}": there is no variant "${wanted}"`, {
        hint: 'variants: builtin, none (nobody enforces policies), host:/path/to/binary, or an image',
      })
    }
  }
  return variant
}

/** Resolves when the policies that there are, are enforced. */
export async function deployPolicies(cluster: Cluster, variant: PolicyVariant, signal: AbortSignal): Promise<void> {
  if (variant !== 'none') await networkPolicy.deploy(cluster, variant === 'builtin' ? {} : variant, { signal })
}
