import {
  ensureSuccess,
  isEqual,
  type Node,
  type StepContext,
  type StepDefinition,
  waitFor,
} from '../../../src/index.ts'
import { agentPods, applyConfig, chainOf, workersOf } from '../agent.ts'
import { chainRules, LINK_LOCAL } from '../rules.ts'
import type { MasqueradeWorld } from '../world.ts'
import { eventuallyLists, rulesNow, SHORT_INTERVAL } from './reload.ts'

/** Host bits are set: the agent refuses the whole file. */
const BAD_CIDR = '10.0.0.1/8'
const FOREIGN = ['-d', '198.51.100.0/24', '-j', 'ACCEPT']
/** So many cycles must have failed before it is said that a cycle wrote no rules. */
const FAILED_CYCLES = 3

export const badConfig: StepDefinition<MasqueradeWorld> = {
  id: 'bad-config',
  deploys: 'masquerade',
  title: 'give the agent a configuration that it must refuse, and repair it',
  claims: ['S0.16', 'S0.17', 'S0.17a'],
  async run(context, world) {
    const chain = chainOf(world)
    await applyConfig(context, world, { nonMasqueradeCIDRs: [BAD_CIDR], resyncInterval: SHORT_INTERVAL })
    await Promise.all(workersOf(context).map((node) => failedCycles(context, node, 1)))
    for (const node of workersOf(context)) {
      await ensureSuccess(node, ['iptables', '-w', '5', '-t', 'nat', '-I', chain, '1', ...FOREIGN])
    }
    await Promise.all(workersOf(context).map((node) => claimNothingWritten(context, world, node)))
    const repaired = ['10.0.0.0/8']
    await applyConfig(context, world, { nonMasqueradeCIDRs: repaired, resyncInterval: SHORT_INTERVAL })
    const expected = chainRules([LINK_LOCAL, ...repaired])
    for (const node of workersOf(context)) {
      const healed = await eventuallyLists(context, node, chain, expected)
      await context.claim('S0.16', (claim) => {
        claim.observe(`${node.name}: once the file is repaired the same agent heals the chain`, healed.judged)
      })
    }
  },
}

async function claimNothingWritten(context: StepContext, world: MasqueradeWorld, node: Node): Promise<void> {
  const broken = await rulesNow(context, node, chainOf(world))
  const logged = await failedCycles(context, node, FAILED_CYCLES)
  const later = await rulesNow(context, node, chainOf(world))
  const log = context.evidence.add({
    kind: 'text',
    title: `what the agent on ${node.name} says of its configuration`,
    text: logged.join('\n'),
  })
  const enough = {
    pass: logged.length >= FAILED_CYCLES,
    expected: `at least ${FAILED_CYCLES} cycles that failed at the configuration`,
    observed: `${logged.length}: ${logged.at(-1) ?? 'none'}`,
    evidence: [log],
  }
  const foreignRule = isEqual(broken[0]?.includes('198.51.100.0/24') ?? false, true)
  await context.claim('S0.16', (claim) => {
    claim.observe(`${node.name}: cycles go on after one has failed`, enough)
    claim.observe(`${node.name}: the rules over these cycles`, isEqual(later, broken))
  })
  await context.claim('S0.17', (claim) => {
    claim.control(`${node.name}: the configuration step ran`, enough)
    const written = isEqual(later, broken)
    claim.observe(`${node.name}: that step has rewritten the rules`, {
      ...written,
      pass: !written.pass,
      expected: 'the foreign rule gone, as after any step that writes rules',
    })
  })
  await context.claim('S0.17a', (claim) => {
    claim.control(`${node.name}: the foreign rule was there to be removed`, foreignRule)
    claim.observe(`${node.name}: the agent says that the configuration failed`, enough)
    claim.observe(`${node.name}: rules written in these cycles`, isEqual(later, broken))
  })
}

/** Waits for so many more lines in the agent's log, and returns all of them. */
async function failedCycles(context: StepContext, node: Node, more: number): Promise<string[]> {
  const pod = (await agentPods(context)).find((candidate) => candidate.spec?.nodeName === node.name)
  const { name = '', namespace = '' } = pod?.metadata ?? {}
  const read = async (): Promise<string[]> => {
    const lines = (await context.cluster.logs(namespace, name)).split('\n')
    // "Error syncing configuration: …"; with a small e before v2.12.0.
    return lines.filter((line) => /error syncing configuration/i.test(line))
  }
  const before = (await read()).length
  let lines: string[] = []
  await waitFor(
    `${more} failed cycles on ${node.name}`,
    async () => {
      lines = await read()
      return lines.length >= before + more
    },
    { timeoutMs: 8000 * context.cluster.patience, intervalMs: 50, signal: context.signal },
  ).catch(() => context.signal.throwIfAborted())
  return lines
}
