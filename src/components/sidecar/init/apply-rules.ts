import { messageOf, PacketproofError } from '../../../errors.ts'
import type { RunTool } from '../../run-tool.ts'
import { buildInitRules, type InitRules, type PodFacts } from './build-rules.ts'
import { renderCleanup } from './cleanup-payload.ts'
import { addGuardrails, removeGuardrails } from './guardrails.ts'
import type { InitOptions } from './init-options.ts'
import { chooseIptables } from './iptables-commands.ts'
import { PodRules } from './pod-rules.ts'
import { configureRoutes, removeRoutes } from './routes.ts'
import { type InitRule, type IpFamily, renderRestore } from './rule-builder.ts'

/** The rules of one family, and what is to become of them. */
interface FamilyPlan {
  readonly family: IpFamily
  readonly pod: PodRules
  readonly wanted: readonly InitRule[]
  /** Rules of either mode, for what an earlier run may have left. */
  readonly known: readonly InitRule[]
  readonly before: string
}

export type ApplyOutcome = 'applied' | 'replaced' | 'unchanged' | 'removed'

type Log = (message: string) => void

/**
 * Brings a pod's rules to what the options say: nothing when they are so already; otherwise applied, after what differs was
 * taken away if `reconcile` says so; or taken away for good with `cleanupOnly`.
 * @throws PacketproofError with iptables' words; the rules are then as they were.
 */
export async function applyInitRules(
  run: RunTool,
  options: InitOptions,
  facts: PodFacts,
  rules: InitRules,
  log: Log,
): Promise<ApplyOutcome> {
  const plans = await planFamilies(run, options, facts, rules)
  const states = await Promise.all(plans.map(async ({ pod, wanted }) => await pod.compare(wanted)))
  const hasAny = states.some((state) => state.hasAny)
  const differs = !hasAny || states.some((state) => state.differs)
  try {
    if (options.cleanupOnly) return await remove(run, options, facts, plans)
    const isReplaced = hasAny && differs && options.reconcile
    if (isReplaced) await replace(plans, log)
    else if (differs || options.forceApply) await applyAll(plans, log)
    await configureRoutes(run, options, facts.hasIpv6)
    for (const { family, pod, wanted } of plans) {
      if (wanted.length > 0) log(`final state (IPv${family}):\n${(await pod.save()).trimEnd()}`)
    }
    if (isReplaced) return 'replaced'
    return differs || options.forceApply ? 'applied' : 'unchanged'
  } catch (error) {
    for (const { pod, before } of plans) await pod.putBack(before)
    throw explain(error, hasAny, options)
  }
}

async function planFamilies(
  run: RunTool,
  options: InitOptions,
  facts: PodFacts,
  rules: InitRules,
): Promise<readonly FamilyPlan[]> {
  const modes = (['REDIRECT', 'TPROXY'] as const).map((mode) => buildInitRules({ ...options, mode }, facts))
  const plans: FamilyPlan[] = []
  for (const family of [4, 6] as const) {
    const command = await chooseIptables(run, family, options, family === 4 || facts.hasIpv6)
    if (command === undefined) continue
    const pod = new PodRules(run, command)
    const known = modes.flatMap((each) => each[family])
    plans.push({ family, pod, wanted: rules[family], known, before: await pod.save() })
  }
  return plans
}

async function applyAll(plans: readonly FamilyPlan[], log: Log): Promise<void> {
  for (const { pod, wanted } of plans) {
    const payload = renderRestore(wanted)
    if (payload === '') continue
    log(`${pod.command}-restore --noflush with the input:\n${payload.trimEnd()}`)
    await pod.restore(payload)
  }
}

/** Nothing passes while there are half of the rules. */
async function replace(plans: readonly FamilyPlan[], log: Log): Promise<void> {
  log('the rules that are there differ: they are replaced, and nothing passes meanwhile')
  for (const { pod } of plans) await addGuardrails(pod)
  for (const { pod, known } of plans) await pod.restore(renderCleanup(await pod.read(), known))
  await applyAll(plans, log)
  for (const { pod } of plans) await removeGuardrails(pod)
}

async function remove(
  run: RunTool,
  options: InitOptions,
  facts: PodFacts,
  plans: readonly FamilyPlan[],
): Promise<ApplyOutcome> {
  for (const { pod, known } of plans) await pod.restore(renderCleanup(await pod.read(), known))
  await removeRoutes(run, options, facts.hasIpv6)
  return 'removed'
}

function explain(error: unknown, hasAny: boolean, options: InitOptions): Error {
  if (!(error instanceof PacketproofError) || error.code !== 'E_EXEC_FAILED') return error as Error
  const isInTheWay = hasAny && error.message.includes('(the line is "-N ')
  const hint = isInTheWay ? conflictHint(options) : hintFor(messageOf(error), options)
  const message = `the rules were not applied, and are as they were: ${messageOf(error)}`
  return new PacketproofError('E_EXEC_FAILED', message, { ...(hint !== undefined && { hint }), cause: error })
}

function conflictHint({ forceApply }: InitOptions): string {
  return forceApply
    ? '--force-apply does not take away what is there; --reconcile does, where it differs'
    : 'there are rules already that differ from these: --reconcile replaces them, --cleanup-only takes them away'
}

function hintFor(message: string, { mode }: InitOptions): string | undefined {
  if (/permission denied|operation not permitted|must be root/i.test(message)) {
    return 'the container needs the capabilities NET_ADMIN and NET_RAW'
  }
  return mode === 'TPROXY' ? 'TPROXY needs xt_TPROXY, xt_socket and xt_connmark in the kernel' : undefined
}
