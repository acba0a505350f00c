import {
  compareListing,
  ensureSuccess,
  findChain,
  hasOutcome,
  isEqual,
  listingEvidence,
  type Node,
  parseListing,
  ping,
  readRuleset,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { addressOf, attack, observeReached, observeRejected } from '../attack.ts'
import { GUARD, LISTING_AFTER, SET } from '../documents.ts'
import type { ForwardGuardWorld } from '../world.ts'

const FORWARD = ['iptables', '-w', '5', '-t', 'filter']

/** The commands of the document, on every node, and what they leave; then they are undone. */
export const byHand: StepDefinition<ForwardGuardWorld> = {
  id: 'by-hand',
  title: "protect the nodes with the document's commands, and undo it",
  claims: ['S4.2', 'S4.6', 'S4.7', 'S4.8b', 'S4.14', 'S4.15', 'S4.18', 'S4.18a', 'S4.20'],
  async run(context, world) {
    const { nodes } = context.cluster
    for (const node of nodes) await makeSet(context, node)
    const [first, second] = nodes
    if (first === undefined || second === undefined) throw new Error('the scenario needs two nodes')
    await insertAt(first, 12)
    await claimOneNodeOnly(context, world)
    for (const node of nodes.slice(1)) await insertAt(node, 12)
    for (const node of nodes) await claimListing(context, node)
    await claimPlaces(context, world)
    await claimDeletion(context, world)
    await claimRestoreOrder(context, first)
    for (const node of nodes) await ensureSuccess(node, ['ipset', 'destroy', SET])
  },
}

async function makeSet(context: StepContext, node: Node): Promise<void> {
  const addresses = context.cluster.nodes.map((member) => addressOf(member, 4))
  await ensureSuccess(node, ['ipset', 'create', SET, 'iphash'])
  for (const address of addresses) await ensureSuccess(node, ['ipset', 'add', SET, address])
  const listed = await ensureSuccess(node, ['ipset', 'list', SET])
  await context.claim('S4.2', (claim) => {
    claim.observe(`${node.name}: the type`, isEqual(fieldOf(listed.stdout, 'Type'), 'hash:ip'))
    claim.observe(`${node.name}: the members`, isEqual(membersOf(listed.stdout), addresses.toSorted()))
  })
}

async function insertAt(node: Node, position: number): Promise<void> {
  await ensureSuccess(node, [...FORWARD, '-I', 'FORWARD', String(position), ...GUARD])
}

async function removeGuard(node: Node): Promise<void> {
  await ensureSuccess(node, [...FORWARD, '-D', 'FORWARD', ...GUARD])
}

async function claimOneNodeOnly(context: StepContext, world: ForwardGuardWorld): Promise<void> {
  const [guarded, open] = world.pods
  if (guarded === undefined || open === undefined) throw new Error('the scenario needs two pods')
  const options = { count: 1, timeoutMs: 500, signal: context.signal }
  const [atGuarded, atOpen] = await Promise.all([
    ping(context.cluster.machine('outsider-1'), addressOf(guarded, 4), options),
    ping(context.cluster.machine('outsider-2'), addressOf(open, 4), options),
  ])
  await context.claim('S4.8b', (claim) => {
    claim.control('the node with the rule rejects', hasOutcome(atGuarded, 'rejected'))
    claim.observe('the node without it lets the outsider through', hasOutcome(atOpen, 'ok'))
  })
}

async function claimListing(context: StepContext, node: Node): Promise<void> {
  const ruleset = await readRuleset(node, { table: 'filter', signal: context.signal })
  const rules = findChain(ruleset, 'filter', 'FORWARD')?.rules ?? []
  const compared = compareListing(parseListing(LISTING_AFTER, "the document's second listing").rows, rules)
  const printed = await ensureSuccess(node, [...FORWARD, '-L', 'FORWARD', '-n', '--line-numbers'])
  const row = printed.stdout.split('\n').find((line) => line.includes('match-set')) ?? ''
  const listing = listingEvidence(
    context.evidence,
    `FORWARD with the rule, in the document and on ${node.name}`,
    compared,
  )
  await context.claim('S4.6', (claim) => {
    claim.observe(`${node.name}: the number of the REJECT`, isEqual(rules.findIndex(isReject) + 1, 12))
    claim.observe(`${node.name}: rules`, isEqual(rules.length, 14))
    claim.observe(`${node.name}: line by line`, listing)
  })
  await context.claim('S4.7', (claim) => {
    claim.observe(`${node.name}: the row ends so`, {
      ...isEqual(
        row.replace(/^.*?(! match-set)/, '$1').trim(),
        '! match-set cluster_nodes src reject-with icmp-port-unreachable',
      ),
    })
    claim.observe(`${node.name}: an interface is shown`, isEqual(row.includes('ens18'), false))
    const guard = rules.find(isReject)
    claim.control(`${node.name}: the rule does have one`, isEqual(guard?.inInterface?.value, 'ens18'))
  })
  const set = await ensureSuccess(node, ['ipset', 'list', SET])
  const members = context.cluster.nodes.map((member) => addressOf(member, 4)).toSorted()
  await context.claim('S4.14', (claim) => {
    claim.observe(`${node.name}: references`, isEqual(fieldOf(set.stdout, 'References'), '1'))
    claim.observe(`${node.name}: members`, isEqual(membersOf(set.stdout), members))
  })
}

function isReject(rule: { readonly target: string | undefined }): boolean {
  return rule.target === 'REJECT'
}

/** At 12 pods reach each other and outsiders do not; at 11 the first fails, behind 12 the second. */
async function claimPlaces(context: StepContext, world: ForwardGuardWorld): Promise<void> {
  const { nodes } = context.cluster
  const guarded = await attack(context, world, 'the rule at 12, by hand')
  await context.claim('S4.18', (claim) => observeRejected(claim, guarded))
  const at12 = await crossNodePing(context, world)
  await context.claim('S4.18', (claim) => claim.observe('a pod to a pod on another node', hasOutcome(at12, 'ok')))

  for (const node of nodes) await removeGuard(node)
  for (const node of nodes) await insertAt(node, 11)
  const at11 = await crossNodePing(context, world)
  for (const node of nodes) await removeGuard(node)

  for (const node of nodes) await ensureSuccess(node, [...FORWARD, '-A', 'FORWARD', ...GUARD])
  const late = await attack(context, world, 'the rule at the end')
  await context.claim('S4.18a', (claim) => {
    claim.control('with the rule at 12 the pods reach each other', hasOutcome(at12, 'ok'))
    claim.observe('with the rule at 11, a pod to a pod on another node', hasOutcome(at11, 'rejected'))
    observeReached(claim, late)
  })
}

async function crossNodePing(context: StepContext, world: ForwardGuardWorld) {
  const [from, to] = world.pods
  if (from === undefined || to === undefined) throw new Error('the scenario needs two pods')
  return ping(from, addressOf(to, 4), { count: 1, timeoutMs: 500, signal: context.signal })
}

/** The rules stand at the end of the chain, where they do not protect: they are put back first. */
async function claimDeletion(context: StepContext, world: ForwardGuardWorld): Promise<void> {
  const { nodes } = context.cluster
  for (const node of nodes) await removeGuard(node)
  for (const node of nodes) await insertAt(node, 12)
  const before = await attack(context, world, 'the rule is back at 12')
  for (const node of nodes) await removeGuard(node)
  const after = await attack(context, world, 'the rule is deleted')
  await context.claim('S4.15', (claim) => {
    for (const { probe } of before.result.pings) claim.control('rejected before', hasOutcome(probe, 'rejected'))
    observeReached(claim, after)
  })
  for (const node of nodes) {
    const ruleset = await readRuleset(node, { table: 'filter', signal: context.signal })
    const left = findChain(ruleset, 'filter', 'FORWARD')?.rules.filter(isReject) ?? []
    await context.claim('S4.15', (claim) => claim.observe(`${node.name}: REJECT rules left`, isEqual(left.length, 0)))
  }
}

/** What a boot script that restores rules before sets would meet. */
async function claimRestoreOrder(context: StepContext, node: Node): Promise<void> {
  const members = await ensureSuccess(node, ['ipset', 'save', SET])
  const payload = `*filter\n-I FORWARD 12 ${GUARD.join(' ')}\nCOMMIT\n`
  const restore = ['iptables-restore', '-w', '5', '--noflush']
  await ensureSuccess(node, ['ipset', 'destroy', SET])
  const tooEarly = await node.exec(restore, { stdin: payload })
  await ensureSuccess(node, ['ipset', 'restore'], { stdin: members.stdout })
  const inOrder = await node.exec(restore, { stdin: payload })
  await removeGuard(node)
  await context.claim('S4.20', (claim) => {
    claim.observe('the rule without its set is refused', isEqual(tooEarly.exitCode === 0, false))
    claim.observe('it says why', {
      pass: /Set cluster_nodes doesn't exist/.test(tooEarly.stderr),
      expected: "Set cluster_nodes doesn't exist.",
      observed: tooEarly.stderr.trim(),
    })
    claim.observe('after the set the rule is accepted', isEqual(inOrder.exitCode, 0))
  })
}

function fieldOf(listing: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(listing)?.[1] ?? 'absent'
}

function membersOf(listing: string): string[] {
  return (listing.split('Members:\n')[1] ?? '').split('\n').filter(Boolean).toSorted()
}
