import { isTimeout, type NetworkPolicyOptions, type StepContext, waitForPolicies } from '../../src/index.ts'
import type { NetworkPolicyWorld } from './world.ts'

/** How long rules may take once the API has an object; what is still missing then is for the claims to find. */
const SETTLE_TIMEOUT_MS = 5000

/** Whether the rules are this project's, whose plan can be compared with the kernel. */
export function isBuiltin(context: StepContext): boolean {
  return (context.settings.components.get('network-policy') ?? 'builtin') === 'builtin'
}

export function optionsOf(world: NetworkPolicyWorld): NetworkPolicyOptions {
  return { dialect: world.dialect }
}

/** Resolves when every node enforces what the API has, or when it is clear that one does not. */
export async function settle(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const timing = { timeoutMs: SETTLE_TIMEOUT_MS, signal: context.signal }
  await waitForPolicies(context.cluster, optionsOf(world), timing).catch((error: unknown) => {
    if (!isTimeout(error)) throw error
  })
}
