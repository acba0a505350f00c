import {
  isTimeout,
  type NetworkPolicyOptions,
  readRuleset,
  rulesOf,
  type StepContext,
  waitFor,
  waitForPolicies,
} from '../../src/index.ts'
import type { NetworkPolicyWorld } from './world.ts'

/** How long rules may take once the API has an object; what is still missing then is for the claims to find. */
const SETTLE_TIMEOUT_MS = 5000
/** Felix gathers changes for a tenth of a second and applies them together: rules that stay for so long are its last word. */
const STILL_MS = 1000

export function optionsOf({ dialect, image }: NetworkPolicyWorld): NetworkPolicyOptions {
  return { dialect, ...(image !== undefined && { image }) }
}

/** Resolves when every node enforces what the API has, or when it is clear that one does not. */
export async function settle(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const timing = { timeoutMs: SETTLE_TIMEOUT_MS, signal: context.signal }
  const settled = world.isOwn
    ? waitForPolicies(context.cluster, optionsOf(world), timing)
    : waitForStillness(context, timing)
  await settled.catch((error: unknown) => {
    if (!isTimeout(error)) throw error
  })
}

/** Of a cluster's own agent nobody can tell from outside which rules it will make: resolves when they have not changed for a while. */
async function waitForStillness(
  { cluster, signal }: StepContext,
  timing: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  let last = ''
  let since = performance.now()
  const look = async (): Promise<boolean> => {
    const rulesets = await Promise.all(cluster.nodes.map((node) => readRuleset(node, { table: 'filter', signal })))
    const text = rulesets.map((ruleset) => [...rulesOf(ruleset)].map(({ spec }) => spec).join('\n')).join('\n\n')
    if (text !== last) [last, since] = [text, performance.now()]
    return performance.now() - since >= STILL_MS
  }
  await waitFor('rules that no longer change', look, { ...timing, intervalMs: 100 })
}
