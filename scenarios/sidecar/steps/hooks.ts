import {
  isEqual,
  type Node,
  ping,
  type StepContext,
  type StepDefinition,
  startTrace,
  type Trace,
  traceEvidence,
} from '../../../src/index.ts'
import { ipOf } from '../talk.ts'
import type { SidecarWorld } from '../world.ts'

const tables = ['raw', 'mangle', 'nat', 'filter', 'security'] as const
const chains = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const

/** The document's matrix: which tables a chain has, in its order of priority. */
const documented: Readonly<Record<(typeof chains)[number], readonly string[]>> = {
  PREROUTING: ['raw', 'mangle', 'nat'],
  INPUT: ['mangle', 'nat', 'filter', 'security'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat'],
}
/**
 * The priorities: raw −300, mangle −150, DNAT −100, filter 0, SNAT 100, and security 50 with iptables-legacy but 150 with iptables-nft,
 * whose rules alone can be traced.
 */
const actual = { ...documented, INPUT: ['mangle', 'filter', 'nat', 'security'] } as const

const comment = ['-m', 'comment', '--comment', 'packetproof-hook']
/** Without a rule that asks for it nothing is tracked, and what is not tracked does not come to nat. */
const tracked = ['-m', 'conntrack', '--ctstate', 'NEW', ...comment]
const matchIn = (table: string): readonly string[] => (table === 'raw' ? comment : tracked)

export const hooks: StepDefinition<SidecarWorld> = {
  id: 'hooks',
  title: 'which tables are at which hooks, and in which order a packet meets them',
  claims: ['S1.29', 'S1.30', 'S1.30a'],
  needs: ['mesh'],
  requires: ['iptables-trace', 'no-foreign-rules', 'external-hosts'],
  async run(context, world) {
    const plain = world.pod('plain')
    const { node } = plain
    const peer = ipOf(context.cluster.machine('database'))
    const present = await addRules(node)
    try {
      const traces = [
        ['forwarded', await traceOne(context, node, async () => ping(plain, peer, { count: 1 }), ipOf(plain), peer)],
        [
          'coming in',
          await traceOne(context, node, async () => ping(plain, ipOf(node), { count: 1 }), ipOf(plain), ipOf(node)),
        ],
        ['going out', await traceOne(context, node, async () => ping(node, peer, { count: 1 }), ipOf(node), peer)],
      ] as const
      await claimHooks(context, node, present, traces)
    } finally {
      await removeRules(node, present)
    }
  },
}

/** A rule without effect in every chain of every table that has it. @returns `TABLE CHAIN` of those that could be made */
async function addRules(node: Node): Promise<ReadonlySet<string>> {
  const all = tables.flatMap((table) => chains.map((chain) => ({ table, chain })))
  const made = await Promise.all(
    all.map(async ({ table, chain }) => {
      const { exitCode } = await node.exec(['iptables-nft', '-w', '5', '-t', table, '-A', chain, ...matchIn(table)])
      return exitCode === 0 ? [`${table} ${chain}`] : []
    }),
  )
  return new Set(made.flat())
}

async function removeRules(node: Node, present: ReadonlySet<string>): Promise<void> {
  await Promise.all(
    [...present].map(async (place) => {
      const [table = '', chain = ''] = place.split(' ')
      await node.exec(['iptables-nft', '-w', '5', '-t', table, '-D', chain, ...matchIn(table)])
    }),
  )
}

async function traceOne(
  context: StepContext,
  node: Node,
  send: () => Promise<unknown>,
  from: string,
  to: string,
): Promise<Trace | undefined> {
  await using tracing = await startTrace(node, {
    match: ['-p', 'icmp', '--icmp-type', 'echo-request', '-s', from, '-d', to],
  })
  await send()
  context.signal.throwIfAborted()
  return (await tracing.stop())[0]
}

async function claimHooks(
  context: StepContext,
  node: Node,
  present: ReadonlySet<string>,
  traces: readonly (readonly [what: string, trace: Trace | undefined])[],
): Promise<void> {
  const evidence = traces.flatMap(([what, trace]) =>
    trace === undefined ? [] : [traceEvidence(context.evidence, `a packet ${what}`, node.name, trace)],
  )
  const met = new Map(chains.map((chain) => [chain, orderAt(traces, chain)]))
  const places = chains.flatMap((chain) => documented[chain].map((table) => `${table} ${chain}`)).sort()
  await context.claim('S1.29', (claim) => {
    claim.uses(...evidence)
    claim.observe('where a rule can be put', isEqual([...present].sort(), places))
    const seen = chains.flatMap((chain) => (met.get(chain) ?? []).map((table) => `${table} ${chain}`))
    claim.observe('where traced packets came', isEqual(seen.sort(), places))
  })
  for (const [id, expected] of [
    ['S1.30', documented],
    ['S1.30a', actual],
  ] as const) {
    await context.claim(id, (claim) => {
      claim.uses(...evidence)
      for (const chain of chains) claim.observe(`order in ${chain}`, isEqual(met.get(chain), expected[chain]))
    })
  }
}

/** The tables that a packet met in a built-in chain, in order. */
function orderAt(traces: readonly (readonly [string, Trace | undefined])[], chain: string): readonly string[] {
  const orders = traces.map(([, trace]) => [
    ...new Set((trace?.hops ?? []).filter((hop) => hop.chain === chain).map(({ table }) => table)),
  ])
  return orders.find((order) => order.length > 0) ?? []
}
