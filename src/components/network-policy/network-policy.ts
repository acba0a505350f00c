import type { Component } from '../component.ts'
import { deployNetworkPolicy, networkPolicyOwnership } from './deploy.ts'
import { type NetworkPolicyOptions, policyAgentName } from './manifest.ts'
import { removeNetworkPolicy } from './remove.ts'

/** The enforcement of NetworkPolicies as a system under test. */
export const networkPolicy: Component<NetworkPolicyOptions> = {
  name: policyAgentName,
  variants: ['builtin'],
  owns: networkPolicyOwnership,
  deploy: deployNetworkPolicy,
  remove: removeNetworkPolicy,
}
