import {
  cleanNode,
  type ExecResult,
  ensureSuccess,
  findChain,
  isEqual,
  type Judged,
  type Node,
  ping,
  type Ruleset,
  readRuleset,
  type StepContext,
  type StepDefinition,
  waitFor,
} from '../../../src/index.ts'
import { chainOf, workersOf } from '../agent.ts'
import { listsJump } from '../rules.ts'
import type { MasqueradeWorld } from '../world.ts'
import { clientOn } from './default-traffic.ts'
import { eventuallyLists, rulesNow } from './reload.ts'

/** A chain of somebody else, with a rule behind the jump. */
const BYSTANDER = 'PACKETPROOF-BYSTANDER'
const HEAL_TIMEOUT_MS = 10_000
const NAT = ['iptables', '-w', '5', '-t', 'nat']

export const healing: StepDefinition<MasqueradeWorld> = {
  id: 'healing',
  title: 'break the rules by hand and let the agents heal them',
  claims: ['S0.16', 'S0.18', 'S0.19', 'S0.20'],
  needs: ['reload'],
  async run(context, world) {
    await Promise.all(workersOf(context).map((node) => breakAndHeal(context, world, node)))
  },
}

async function breakAndHeal(context: StepContext, world: MasqueradeWorld, node: Node): Promise<void> {
  const chain = chainOf(world)
  // Healing is to bring back what the agent itself had written, whatever that is.
  const own = await rulesNow(context, node, chain)
  await ensureSuccess(node, [...NAT, '-N', BYSTANDER])
  await ensureSuccess(node, [...NAT, '-A', 'POSTROUTING', '-j', BYSTANDER])
  await claimForeignRule(context, world, node, own)

  const deleted = await deleteJump(node, chain)
  const appended = await eventuallyEndsWith(context, node, chain)
  await context.claim('S0.19', (claim) => {
    claim.control(`${node.name}: the jump was deleted`, succeeded(deleted))
    claim.observe(
      `${node.name}: the end of POSTROUTING, behind the jump of somebody else`,
      isEqual(postrouting(appended).slice(-2), [BYSTANDER, chain]),
    )
    claim.observe(`${node.name}: the jump`, listsJump(appended, chain))
  })

  // In one transaction: a cycle in between would make the chain busy.
  await cleanNode(node, 4, chain)
  const healed = await eventuallyLists(context, node, chain, own)
  const hadRules = isEqual(own.length > 0, true)
  await context.claim('S0.18', (claim) => {
    claim.control(`${node.name}: the chain had rules`, hadRules)
    claim.observe(`${node.name}: the chain is back`, healed.judged)
  })
  await context.claim('S0.16', (claim) => {
    claim.control(`${node.name}: the chain had rules`, hadRules)
    claim.observe(`${node.name}: a third cycle healed what was broken after the second`, healed.judged)
  })
  await ensureSuccess(node, [...NAT, '-D', 'POSTROUTING', '-j', BYSTANDER])
  await ensureSuccess(node, [...NAT, '-X', BYSTANDER])
}

/** By position: the comment of the jump has spaces, and may be another in another agent. */
async function deleteJump(node: Node, chain: string): Promise<ExecResult> {
  const position = postrouting(await readRuleset(node, { table: 'nat' })).indexOf(chain) + 1
  return node.exec([...NAT, '-D', 'POSTROUTING', String(position)])
}

/** A look at the rules would come too late: the next cycle may be done by then. */
function succeeded(result: ExecResult): Judged {
  return isEqual(result.exitCode, 0)
}

async function eventuallyEndsWith(context: StepContext, node: Node, chain: string): Promise<Ruleset> {
  let ruleset = await readRuleset(node, { table: 'nat' })
  await waitFor(
    `the jump on ${node.name}`,
    async () => {
      ruleset = await readRuleset(node, { table: 'nat', signal: context.signal })
      return postrouting(ruleset).includes(chain)
    },
    { timeoutMs: HEAL_TIMEOUT_MS * context.cluster.patience, intervalMs: 20, signal: context.signal },
  ).catch(() => context.signal.throwIfAborted())
  return ruleset
}

/** A foreign rule in front of the chain's own: it goes, and with it the counters, and nothing else. */
async function claimForeignRule(
  context: StepContext,
  world: MasqueradeWorld,
  node: Node,
  own: readonly string[],
): Promise<void> {
  const chain = chainOf(world)
  const client = clientOn(world, node.name)
  // What is sent to another node passes the chain, whatever it decides.
  const other = workersOf(context).find(({ name }) => name !== node.name)?.addresses[0] ?? ''
  await ping(client, other, { count: 1, signal: context.signal })
  const foreign = ['-d', '198.51.100.0/24', '-j', 'ACCEPT']
  const before = await readRuleset(node, { table: 'nat' })
  const inserted = await node.exec([...NAT, '-I', chain, '1', ...foreign])
  const healed = await eventuallyLists(context, node, chain, own)
  const after = await readRuleset(node, { table: 'nat' })
  await context.claim('S0.20', (claim) => {
    claim.control(`${node.name}: the chain had rules`, isEqual(own.length > 0, true))
    claim.control(`${node.name}: the foreign rule was inserted`, succeeded(inserted))
    claim.observe(`${node.name}: the chain without the foreign rule`, healed.judged)
    claim.observe(
      `${node.name}: packets that its rules have counted`,
      isEqual(
        countsOf(after, chain),
        own.map(() => 0),
      ),
    )
    claim.observe(
      `${node.name}: the other chains of the table`,
      isEqual(otherChains(after, chain), otherChains(before, chain)),
    )
  })
}

function countsOf(ruleset: Ruleset, chain: string): number[] {
  return (findChain(ruleset, 'nat', chain)?.rules ?? []).map((rule) => rule.counters?.packets ?? -1)
}

function otherChains(ruleset: Ruleset, chain: string): string[] {
  const others = (ruleset.tables[0]?.chains ?? []).filter(({ name }) => name !== chain)
  return others.flatMap(({ name, rules }) => [name, ...rules.map((rule) => rule.spec)])
}

/** Where the rules of POSTROUTING lead, first to last. */
function postrouting(ruleset: Ruleset): string[] {
  return (findChain(ruleset, 'nat', 'POSTROUTING')?.rules ?? []).map((rule) => rule.target ?? '')
}
