import type { V1NetworkPolicy } from '@kubernetes/client-node'
import { invalidInput } from '../../errors.ts'
import { Problems } from '../../providers/netns/api/problems.ts'
import { validateNetworkPolicy } from '../../providers/netns/api/validation/network-policy.ts'

/**
 * Refuses what the API server would refuse, in its words.
 * @param place where the policy is, for the message
 * @throws PacketproofError E_INVALID_INPUT
 */
export function checkPolicy(policy: V1NetworkPolicy, apiVersion: string, place: string): void {
  if (apiVersion !== 'networking.k8s.io/v1') {
    throw invalidInput(`${place}: no matches for kind "NetworkPolicy" in version "${apiVersion}"`, {
      hint: 'expected apiVersion networking.k8s.io/v1',
    })
  }
  const problems = new Problems()
  const spec = policy.spec ?? {}
  validateNetworkPolicy(spec, problems)
  const texts = problems.causes.map(({ field, message }) => `${field}: ${message}`)
  if (texts.length > 0) {
    throw invalidInput(`${place}: NetworkPolicy "${policy.metadata?.name ?? ''}" is invalid: ${texts.join(', ')}`)
  }
}
