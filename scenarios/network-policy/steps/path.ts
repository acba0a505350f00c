import {
  hasOutcome,
  isEqual,
  type Observation,
  observe,
  type StepContext,
  type StepDefinition,
  startTrace,
  type TransportResult,
  tcp,
  traceEvidence,
} from '../../../src/index.ts'
import { chainOf, DIALECTS, policyChains, rulesOfChain } from '../chains.ts'
import { packetsOf } from '../counts.ts'
import { BACKEND, FRONTEND } from '../pods.ts'
import type { NetworkPolicyWorld } from '../world.ts'

const PORT = 6379

/** The one connection that the first template allows, from host31 to host30, followed through the chains of both. */
export const path: StepDefinition<NetworkPolicyWorld> = {
  id: 'path',
  title: 'follow an allowed connection through the chains of both nodes',
  claims: ['S3.10a', 'S3.12'],
  needs: ['templates'],
  async run(context, world) {
    const [from, to] = [world.pod(FRONTEND), world.pod(BACKEND)]
    const plan = {
      title: `an allowed connection from ${FRONTEND} to ${BACKEND}`,
      captures: [],
      rulesets: [from.node, to.node].map((host) => ({ host, family: 4 as const, table: 'filter' })),
    }
    const connect = async () =>
      await tcp(from, to.addresses[0] ?? '', PORT, { timeoutMs: 1000, signal: context.signal })
    const seen = await observe(context, plan, connect)
    await claimCounts(context, world, seen)
    if (context.lacks('iptables-trace') === undefined) await claimTrace(context, world)
  },
}

/** A connection is judged once: its first packet passes the rules that the rest of it, being established, does not come to. */
async function claimCounts(
  context: StepContext,
  world: NetworkPolicyWorld,
  seen: Observation<TransportResult>,
): Promise<void> {
  const [from, to] = [world.pod(FRONTEND), world.pod(BACKEND)]
  const { accept } = DIALECTS[world.dialect]
  const [fromChain, toChain] = [chainOf(FRONTEND, 'fw'), chainOf(BACKEND, 'tw')]
  const [sending, receiving] = [seen.ruleset(from.node), seen.ruleset(to.node)]
  const [policyChain = 'none'] = policyChains(receiving.after, toChain)
  const judgedOnce = (window: typeof sending, chain: string): number =>
    packetsOf(
      window,
      rulesOfChain(window.after, chain).find(({ spec }) => /--set-x?mark 0x0\//.test(spec)),
    )
  await context.claim('S3.12', (claim) => {
    claim.control('the connection stood', hasOutcome(seen.result, 'ok'))
    claim.observe(`first packets in ${fromChain} of ${from.node.name}`, isEqual(judgedOnce(sending, fromChain), 1))
    claim.observe(`first packets in ${toChain} of ${to.node.name}`, isEqual(judgedOnce(receiving, toChain), 1))
    const jump = rulesOfChain(receiving.after, toChain).find(({ target }) => target === policyChain)
    claim.observe(`packets that were led to ${policyChain}`, isEqual(packetsOf(receiving, jump), 1))
    claim.uses(sending.evidenceId, receiving.evidenceId)
  })
  await context.claim('S3.10a', (claim) => {
    const bit = `0x${accept.toString(16)}`
    const marking = rulesOfChain(receiving.after, policyChain).find(
      ({ spec }) => spec.includes(`mark ${bit}/${bit}`) && !spec.includes('-j RETURN'),
    )
    const returning = rulesOfChain(receiving.after, toChain).find(({ spec }) =>
      spec.includes(`--mark ${bit}/${bit} -j RETURN`),
    )
    claim.control('the connection stood', hasOutcome(seen.result, 'ok'))
    claim.observe(`packets to which ${policyChain} gave the accept bit`, isEqual(packetsOf(receiving, marking), 1))
    claim.observe(`packets that ${toChain} let go for it`, isEqual(packetsOf(receiving, returning), 1))
  })
}

/** The chains that one packet meets, as the document draws them. */
async function claimTrace(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const [from, to] = [world.pod(FRONTEND), world.pod(BACKEND)]
  const [source, destination] = [from.addresses[0] ?? '', to.addresses[0] ?? '']
  const match = ['-p', 'tcp', '-s', source, '-d', destination, '--syn']
  await using sending = await startTrace(from.node, { match })
  await using receiving = await startTrace(to.node, { match })
  const result = await tcp(from, destination, PORT, { timeoutMs: 1000, signal: context.signal })
  const traces = { sending: (await sending.stop())[0], receiving: (await receiving.stop())[0] }
  const profile = world.dialect === 'v2.5' ? ['cali-pro-k8s-pod-network'] : []
  const expected = {
    sending: [
      'cali-PREROUTING',
      'cali-FORWARD',
      'cali-from-wl-dispatch',
      chainOf(FRONTEND, 'fw'),
      ...profile,
      'cali-POSTROUTING',
    ],
    receiving: [
      'cali-PREROUTING',
      'cali-FORWARD',
      'cali-to-wl-dispatch',
      chainOf(BACKEND, 'tw'),
      'cali-pi-',
      'cali-POSTROUTING',
    ],
  }
  await context.claim('S3.12', (claim) => {
    claim.control('the connection stood', hasOutcome(result, 'ok'))
    for (const side of ['sending', 'receiving'] as const) {
      const node = side === 'sending' ? from.node : to.node
      const trace = traces[side]
      const chains = [...new Set((trace?.hops ?? []).map(({ chain }) => chain))]
      const met = inOrder(chains, expected[side])
      claim.observe(
        `${node.name}: the chains of the drawing that the packet meets, in this order`,
        isEqual(met, expected[side]),
      )
      if (trace !== undefined) {
        claim.uses(traceEvidence(context.evidence, `its first packet on ${node.name}`, node.name, trace))
      }
    }
  })
}

/** Those of the wanted chains that come in that order; one that ends with a dash stands for any chain that begins so. */
function inOrder(chains: readonly string[], wanted: readonly string[]): readonly string[] {
  const met: string[] = []
  let from = 0
  for (const name of wanted) {
    const at = chains.findIndex(
      (chain, index) => index >= from && (chain === name || (name.endsWith('-') && chain.startsWith(name))),
    )
    if (at < 0) continue
    met.push(name)
    from = at + 1
  }
  return met
}
