import {
  type ExecResult,
  type Host,
  hasOutcome,
  isEqual,
  openEchoConnection,
  type PingResult,
  type Pod,
  ping,
  readRuleset,
  type StepContext,
  type StepDefinition,
  selectRules,
  waitFor,
} from '../../../src/index.ts'
import { addressOf } from '../attack.ts'
import { SET } from '../documents.ts'
import { ECHO_PORT, type ForwardGuardWorld } from '../world.ts'

const NAME = 'outsider-1'

export const membership: StepDefinition<ForwardGuardWorld> = {
  id: 'membership',
  title: 'let an outsider join the cluster as a node, and leave it',
  claims: ['S4.12', 'S4.13', 'S4.13a'],
  async run(context, world) {
    const { cluster } = context
    const outsider = cluster.machine(NAME)
    const [pod] = world.pods
    if (pod === undefined) throw new Error('there is no pod')
    const address = addressOf(outsider, 4)
    const before = await tryPing(context, outsider, pod)
    const rulesBefore = await guardRules(context)
    await join(context, outsider)
    const members = await eventuallyMembers(context, (listed) => listed.includes(address))
    const joined = await tryPing(context, outsider, pod)
    await context.claim('S4.12', async (claim) => {
      claim.control('before it joins it is rejected', hasOutcome(before, 'rejected'))
      for (const [node, listed] of members)
        claim.observe(`${node}: has it in the set`, isEqual(listed.includes(address), true))
      claim.observe('the node that joined reaches the pod', hasOutcome(joined, 'ok'))
      claim.observe('the rules', isEqual(await guardRules(context), rulesBefore))
    })

    await using connection = await openEchoConnection(outsider, addressOf(pod, 4), ECHO_PORT, context.signal)
    const first = await connection.echo('before')
    await cluster.api.core.deleteNode({ name: NAME })
    const without = await eventuallyMembers(context, (listed) => !listed.includes(address))
    const left = await tryPing(context, outsider, pod)
    const second = await connection.echo('after')
    await context.claim('S4.13', (claim) => {
      claim.control('while it was a member it reached the pod', hasOutcome(joined, 'ok'))
      for (const [node, listed] of without)
        claim.observe(`${node}: has it in the set`, isEqual(listed.includes(address), false))
      claim.observe('the node that left is rejected', hasOutcome(left, 'rejected'))
    })
    await context.claim('S4.13a', (claim) => {
      claim.control('the connection stood before', isEqual(first, 'before'))
      claim.control('a new attempt is rejected', hasOutcome(left, 'rejected'))
      claim.observe('the connection afterwards', isEqual(second, 'after'))
    })
  },
}

async function tryPing(context: StepContext, from: Host, to: Pod): Promise<PingResult> {
  return ping(from, addressOf(to, 4), { count: 1, timeoutMs: 500, signal: context.signal })
}

async function join(context: StepContext, outsider: Host): Promise<void> {
  const { core } = context.cluster.api
  const addresses = outsider.addresses.map((address) => ({ type: 'InternalIP', address }))
  await core.createNode({ body: { metadata: { name: NAME }, spec: { unschedulable: true }, status: { addresses } } })
  const { status: _status, ...node } = await core.readNode({ name: NAME })
  await core.replaceNodeStatus({ name: NAME, body: { ...node, status: { addresses } } })
}

/** The members of the set on each node, once they satisfy the condition on all, or time is up. */
async function eventuallyMembers(
  context: StepContext,
  isMet: (members: readonly string[]) => boolean,
): Promise<ReadonlyMap<string, readonly string[]>> {
  let members = new Map<string, readonly string[]>()
  await waitFor(
    'the set on every node',
    async () => {
      const listed = await Promise.all(
        context.cluster.nodes.map(
          async (node) => [node.name, membersOf(await node.exec(['ipset', 'list', SET]))] as const,
        ),
      )
      members = new Map(listed)
      return [...members.values()].every(isMet)
    },
    { timeoutMs: 5000, intervalMs: 20, signal: context.signal },
  ).catch(() => context.signal.throwIfAborted())
  return members
}

function membersOf(result: ExecResult): string[] {
  return (result.stdout.split('Members:\n')[1] ?? '').split('\n').filter(Boolean)
}

async function guardRules(context: StepContext): Promise<string[]> {
  const rulesets = await Promise.all(
    context.cluster.nodes.map((node) => readRuleset(node, { table: 'filter', signal: context.signal })),
  )
  return rulesets.flatMap((ruleset) =>
    selectRules(ruleset, { chain: 'FORWARD' }).map((rule) => `${rule.index} ${rule.spec}`),
  )
}
