import type { Cidr } from '../../../helpers/cidr.ts'
import { PacketproofError } from '../../errors.ts'
import { mustRun, type RunTool } from '../run-tool.ts'
import { type Backend, type FilterTable, type FilterTables, readFilterTables } from './backend.ts'
import type { ClusterNode } from './cluster-node.ts'
import { type IpFamily, setNames } from './guard-rule.ts'
import { type IpSet, parseIpSets } from './ip-set.ts'
import { type GuardPlan, ownSets, planGuard, renderRemoval } from './plan.ts'
import { findUplink, type UplinkChoice } from './uplink.ts'

export interface GuardOptions extends UplinkChoice {
  readonly backend: Backend | 'auto'
  /** Beyond those of the Node objects; of either family. */
  readonly podCidrs: readonly Cidr[]
}

/** What a machine has, and what is to be done there. */
export interface GuardState {
  readonly tables: FilterTables
  readonly plan: GuardPlan
  readonly inInterface: string
  /** The removal of guards from the variant of iptables that they do not belong in; empty when there are none. */
  readonly strays: string
}

/** Between reading the rules and changing them, others may change them too. */
const maxAttempts = 4

/** Looks at a machine, without changing anything. @throws PacketproofError as `planGuard` and the tools do. */
export async function inspectGuard(
  run: RunTool,
  family: IpFamily,
  nodes: readonly ClusterNode[],
  options: GuardOptions,
): Promise<GuardState> {
  const { inInterface } = await findUplink(run, family, nodes, options)
  const [tables, sets] = await Promise.all([readFilterTables(run, family, options.backend), readOwnSets(run, family)])
  const podCidrs = options.podCidrs.filter((cidr) => cidr.family === family)
  const plan = planGuard({ family, ruleset: tables.chosen.ruleset, sets, nodes, podCidrs, inInterface })
  const strays = tables.other === undefined ? '' : renderRemoval(tables.other.ruleset, family)
  return { tables, plan, inInterface, strays }
}

/** Whether there is nothing to do. */
export function isInPlace({ plan, strays }: GuardState): boolean {
  return plan.sets === '' && plan.rules === '' && strays === '' && plan.unusedSets.length === 0
}

/**
 * Makes sets and rule right: the sets first, because the kernel refuses a rule that names a set which is not there.
 * @param onChange told of each payload that was applied.
 * @throws PacketproofError before anything is changed when the guard would cut the cluster off; with the words of ipset or
 * iptables when they refuse, in which case the rules are as they were.
 */
export async function reconcileGuard(
  run: RunTool,
  family: IpFamily,
  nodes: readonly ClusterNode[],
  options: GuardOptions,
  onChange: (what: string) => void = () => undefined,
): Promise<GuardState> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const state = await inspectGuard(run, family, nodes, options)
    if (isInPlace(state)) return state
    await applyPlan(run, state, onChange)
  }
  throw new PacketproofError(
    'E_RULESET',
    `the IPv${family} guard was put right ${maxAttempts} times, and each time something was changed again at once`,
    { hint: 'which program rewrites FORWARD, or the set, without a pause?' },
  )
}

async function applyPlan(
  run: RunTool,
  { tables, plan, strays }: GuardState,
  onChange: (what: string) => void,
): Promise<void> {
  if (plan.sets !== '') {
    await mustRun(run, ['ipset', 'restore'], plan.sets)
    onChange(plan.sets)
  }
  if (plan.rules !== '') {
    await restore(run, tables.chosen, plan.rules)
    onChange(plan.rules)
  }
  if (tables.other !== undefined && strays !== '') {
    await restore(run, tables.other, strays)
    onChange(strays)
  }
  await destroySets(run, plan.unusedSets)
}

/**
 * Takes the rule and then the sets away, from both variants of iptables. A set of that name but of another type stays.
 * @returns whether there was anything.
 * @throws PacketproofError with ipset's words when a rule of somebody else uses a set.
 */
export async function removeGuard(run: RunTool, family: IpFamily): Promise<boolean> {
  const { chosen, other } = await readFilterTables(run, family, 'auto')
  let found = false
  for (const table of [chosen, other]) {
    const payload = table === undefined ? '' : renderRemoval(table.ruleset, family)
    if (table === undefined || payload === '') continue
    await restore(run, table, payload)
    found = true
  }
  const isOwn = ({ name, type, header }: IpSet): boolean =>
    type === (name.startsWith(setNames[family].pods) ? 'hash:net' : 'hash:ip') &&
    header.get('family') === (family === 4 ? 'inet' : 'inet6')
  const own = [...(await readOwnSets(run, family)).values()].filter(isOwn)
  await destroySets(
    run,
    own.map(({ name }) => name),
  )
  return found || own.length > 0
}

async function restore(run: RunTool, { command }: FilterTable, payload: string): Promise<void> {
  await mustRun(run, [`${command}-restore`, '-w', '5', '--noflush'], payload)
}

async function destroySets(run: RunTool, names: readonly string[]): Promise<void> {
  for (const name of names) await mustRun(run, ['ipset', 'destroy', name])
}

async function presentSets(run: RunTool, family: IpFamily): Promise<readonly string[]> {
  const all = new Set((await mustRun(run, ['ipset', 'list', '-n'])).split('\n'))
  return ownSets(family).filter((name) => all.has(name))
}

async function readOwnSets(run: RunTool, family: IpFamily): Promise<ReadonlyMap<string, IpSet>> {
  const names = await presentSets(run, family)
  const texts = await Promise.all(names.map(async (name) => await mustRun(run, ['ipset', 'save', name])))
  return parseIpSets(texts.join(''))
}
