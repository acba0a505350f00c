import { readFile } from 'node:fs/promises'
import { invalidInput, messageOf } from '../../errors.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { localTools } from '../run-tool.ts'
import { clusterNodesOf, type NodeObject } from './cluster-node.ts'
import type { ForwardGuardFlags } from './flags.ts'
import type { IpFamily } from './guard-rule.ts'
import { type GuardPlan, planGuard } from './plan.ts'
import { inspectGuard } from './reconcile.ts'
import { findUplink } from './uplink.ts'

interface FoundPlan {
  readonly plan: GuardPlan
  readonly command: string
  readonly inInterface: string
  readonly warnings: readonly string[]
}

/**
 * What the agent would apply, with the reasons as comments.
 * @throws PacketproofError for input that the agent would refuse.
 */
export async function dryRunForwardGuard(
  flags: ForwardGuardFlags,
  nodes: readonly NodeObject[],
): Promise<{ stdout: string; warnings: readonly string[] }> {
  const found = await Promise.all(
    flags.families.map(async (family) => [family, await findPlan(flags, nodes, family)] as const),
  )
  return {
    stdout: found.map(([family, each]) => printPlan(family, each, flags.payload)).join(flags.payload ? '' : '\n'),
    warnings: found.flatMap(([, { warnings }]) => warnings),
  }
}

async function findPlan(
  flags: ForwardGuardFlags,
  objects: readonly NodeObject[],
  family: IpFamily,
): Promise<FoundPlan> {
  const nodes = clusterNodesOf(objects, family)
  const base = family === 4 ? 'iptables' : 'ip6tables'
  if (flags.rulesFrom === undefined) {
    const { plan, tables, inInterface } = await inspectGuard(localTools(), family, nodes, flags)
    return {
      plan,
      inInterface,
      command: tables.chosen.command,
      warnings: [...tables.warnings, ...plan.position.warnings],
    }
  }
  const ruleset = parseRuleset(await readInput(flags.rulesFrom, '--rules-from'), { source: flags.rulesFrom })
  const inInterface = flags.inInterface ?? (await findUplink(localTools(), family, nodes, flags)).inInterface
  refuseStranger(nodes, flags)
  const podCidrs = flags.podCidrs.filter((cidr) => cidr.family === family)
  const plan = planGuard({ family, ruleset, sets: new Map(), nodes, podCidrs, inInterface })
  return { plan, inInterface, command: base, warnings: [...ruleset.warnings, ...plan.position.warnings] }
}

function refuseStranger(nodes: readonly { readonly name: string }[], { nodeName }: ForwardGuardFlags): void {
  if (nodeName === undefined || nodes.some(({ name }) => name === nodeName)) return
  throw invalidInput(
    `this node, ${nodeName}, is not among the cluster's nodes (${nodes.map(({ name }) => name).join(', ')})`,
  )
}

function printPlan(family: IpFamily, { plan, command, inInterface }: FoundPlan, payload?: 'sets' | 'rules'): string {
  if (payload !== undefined) return plan[payload]
  const verb = plan.rules === '' ? 'stands at' : 'goes to'
  const lines = [
    `# IPv${family}, interface ${inInterface}`,
    plan.sets === '' ? '# the sets are right' : `# ipset restore\n${plan.sets.trimEnd()}`,
    `# the rule ${verb} place ${plan.number} of FORWARD:`,
    ...plan.position.reasons.map((reason) => `#   ${reason}`),
    plan.rules === '' ? '# the rule is right' : `# ${command}-restore --noflush\n${plan.rules.trimEnd()}`,
    ...plan.unusedSets.map((name) => `# ipset destroy ${name}`),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * Node objects from a file: a List, several documents, or one Node; YAML or JSON.
 * @throws PacketproofError E_INVALID_INPUT that names the file and the place in it.
 */
export async function readNodeObjects(path: string): Promise<readonly NodeObject[]> {
  const text = await readInput(path, '--nodes-from')
  const { parseAllDocuments } = await import('yaml')
  const documents = parseAllDocuments(text)
  const broken = 'length' in documents ? documents.find(({ errors }) => errors.length > 0)?.errors[0] : undefined
  if (broken !== undefined) throw invalidInput(`${path}: ${broken.message.split('\n')[0] ?? ''}`, { cause: broken })
  const values = [...documents].map((document) => document.toJS() as unknown).filter((value) => value !== null)
  return values.flatMap((value) => nodesIn(value, path))
}

function nodesIn(value: unknown, path: string): readonly NodeObject[] {
  const { kind, items } = (typeof value === 'object' ? (value ?? {}) : {}) as { kind?: unknown; items?: unknown }
  if (Array.isArray(items)) return items.flatMap((item) => nodesIn(item, path))
  const isNode =
    kind === 'Node' || (kind === undefined && typeof value === 'object' && value !== null && 'metadata' in value)
  if (!isNode) throw invalidInput(`${path}: expected Node objects, found ${JSON.stringify(kind ?? value)}`)
  return [value as NodeObject]
}

async function readInput(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path === '-' ? '/dev/stdin' : path, 'utf8')
  } catch (cause) {
    throw invalidInput(`${flag} ${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
}
