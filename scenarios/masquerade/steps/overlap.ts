import {
  type Cluster,
  containsNoPackets,
  containsPackets,
  deployMasquerade,
  type Host,
  hasOutcome,
  nonceBytes,
  type Observation,
  observe,
  type PingResult,
  type Pod,
  ping,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { settle, variantOf } from '../agent.ts'
import type { MasqueradeWorld } from '../world.ts'

/** A pod and a machine of the business network have this address; the other one is the machine's alone. */
const SHARED = '192.168.0.10'
const BUSINESS = '192.168.0.200'

interface Plan {
  readonly cluster: Cluster
  /** On worker-1, with the shared address. */
  readonly twin: Pod
  readonly database: Host
  readonly business: Host
}

interface Tried {
  readonly toDatabase: PingResult
  readonly toBusiness: PingResult
  /** From the database to the business machine: shows that the captures there see what arrives. */
  readonly control: PingResult
}

export const overlap: StepDefinition<MasqueradeWorld> = {
  id: 'overlap',
  title: "the document's address plan: pods and a business network share 192.168.0.0/24",
  claims: ['S0.4', 'S0.4a', 'S0.4b'],
  beside: true,
  requires: ['second-cluster', 'external-hosts', 'fixed-pod-addresses', 'no-foreign-masquerade'],
  async run(context) {
    const cluster = await context.step('create a second cluster with that plan', () =>
      context.createCluster('address-overlap'),
    )
    const twin = await cluster.runPod({ name: 'twin', node: 'worker-1', addresses: [SHARED] })
    const plan = { cluster, twin, database: cluster.machine('database'), business: cluster.machine('business') }
    const without = await context.step('ping without masquerade', () => tryAll(context, plan, 'without masquerade'))
    await context.step('deploy the agent with its defaults', () =>
      settle(
        deployMasquerade(
          cluster,
          { variant: variantOf(context) },
          {
            timeoutMs: 10_000 * cluster.patience,
            signal: context.signal,
          },
        ),
      ),
    )
    const withDefaults = await context.step('ping with masquerade', () => tryAll(context, plan, 'with masquerade'))
    await claimDatabase(context, plan, without, withDefaults)
    await claimBusiness(context, plan, without, withDefaults)
  },
}

async function tryAll(context: StepContext, plan: Plan, title: string): Promise<Observation<Tried>> {
  const { twin, database, business } = plan
  const captures = [twin, twin.node, database, business].map((host) => ({ host, interface: 'eth0' }))
  const options = { count: 2, timeoutMs: 500, signal: context.signal }
  const databaseAddress = database.addresses[0] ?? ''
  return observe(context, { title: `address overlap, ${title}`, captures, rulesets: [] }, async () => {
    const [toDatabase, toBusiness, control] = await Promise.all([
      ping(twin, databaseAddress, options),
      ping(twin, BUSINESS, options),
      ping(database, BUSINESS, options),
    ])
    return { toDatabase, toBusiness, control }
  })
}

async function claimDatabase(
  context: StepContext,
  { twin, database, business }: Plan,
  without: Observation<Tried>,
  masqueraded: Observation<Tried>,
): Promise<void> {
  const nonceOf = (seen: Observation<Tried>) => ({ payloadIncludes: nonceBytes(seen.result.toDatabase) })
  const nodeAddress = twin.node.addresses[0] ?? ''
  await context.claim('S0.4', (claim) => {
    claim.control(
      'without masquerade the database does not answer the pod',
      hasOutcome(without.result.toDatabase, 'timed-out'),
    )
    claim.control(
      'without masquerade the request arrives with the address of the pod',
      containsPackets(without.capture(database), { ...nonceOf(without), icmp: 'echo-request', from: SHARED }),
    )
    claim.observe('with masquerade it answers', hasOutcome(masqueraded.result.toDatabase, 'ok'))
    claim.observe(
      'the source that the database sees then',
      containsPackets(masqueraded.capture(database), {
        ...nonceOf(masqueraded),
        icmp: 'echo-request',
        from: nodeAddress,
      }),
    )
  })
  await context.claim('S0.4b', (claim) => {
    claim.observe(
      'without masquerade the answers land on the business machine that has the address of the pod',
      containsPackets(without.capture(business), { ...nonceOf(without), icmp: 'echo-reply', to: SHARED }, { count: 2 }),
    )
    claim.observe('with masquerade they do not', containsNoPackets(masqueraded.capture(business), nonceOf(masqueraded)))
  })
}

async function claimBusiness(
  context: StepContext,
  { twin, business }: Plan,
  ...tries: readonly Observation<Tried>[]
): Promise<void> {
  const masqueraded = tries.at(-1)
  await context.claim('S0.4a', (claim) => {
    if (masqueraded === undefined) return
    const requests = { payloadIncludes: nonceBytes(masqueraded.result.toBusiness), icmp: 'echo-request' as const }
    claim.control('the pod sent it', containsPackets(masqueraded.capture(twin), requests))
    claim.observe(
      'with masquerade the pod reaches the business machine',
      hasOutcome(masqueraded.result.toBusiness, 'ok'),
    )
  })
  await context.claim('S0.4b', (claim) => {
    for (const seen of tries) {
      const nonce = { payloadIncludes: nonceBytes(seen.result.toBusiness) }
      const seenControl = { payloadIncludes: nonceBytes(seen.result.control) }
      claim.control('the pod sent it', containsPackets(seen.capture(twin), nonce))
      claim.control(
        'the business machine sees what is sent to it',
        containsPackets(seen.capture(business), seenControl),
      )
      claim.observe('requests of the pod at the business machine', containsNoPackets(seen.capture(business), nonce))
    }
  })
}
