import {
  containsPackets,
  ensureSuccess,
  type Host,
  hasCounted,
  hasOutcome,
  nonceBytes,
  observe,
  ping,
  type StepContext,
  type StepDefinition,
  tcp,
  udp,
} from '../../../src/index.ts'
import { ipOf } from '../talk.ts'
import type { SidecarWorld } from '../world.ts'

/** What each kind of verdict does: MARK goes on, ACCEPT in a chain of one's own ends, RETURN leaves it to the policy, the first rule counts. */
const verdicts = `*mangle
-A OUTPUT -p icmp -j MARK --set-mark 7
-A OUTPUT -p icmp -m mark --mark 7
COMMIT
*filter
:MINE - [0:0]
-A OUTPUT -p icmp -j MINE
-A OUTPUT -p icmp -j DROP
-A MINE -p icmp -j ACCEPT
-A OUTPUT -p udp --dport 9 -j RETURN
-A OUTPUT -p udp --dport 9 -j DROP
-A OUTPUT -p udp --dport 10 -j DROP
-A OUTPUT -p udp --dport 10 -j ACCEPT
COMMIT
`

const rejects = `*filter
-A INPUT -p tcp --dport 7001 -j REJECT
-A INPUT -p udp --dport 7002 -j REJECT
COMMIT
`

export const basics: StepDefinition<SidecarWorld> = {
  id: 'basics',
  title: 'what rules do with a packet, tried in a pod without a sidecar',
  claims: ['S1.27', 'S1.28'],
  needs: ['mesh'],
  requires: ['external-hosts'],
  async run(context, world) {
    const peer = context.cluster.machine('database')
    await withRules(world.pod('plain'), verdicts, async () => await tryVerdicts(context, world.pod('plain'), peer))
    await withRules(peer, rejects, async () => await tryRejects(context, world.pod('plain'), peer))
  },
}

/** Adds rules to a host that is the scenario's alone, and takes them away again whatever happens. */
async function withRules(host: Host, payload: string, body: () => Promise<void>): Promise<void> {
  await ensureSuccess(host, ['iptables-restore', '-w', '5', '--noflush'], { stdin: payload })
  try {
    await body()
  } finally {
    const tables = [...payload.matchAll(/^\*(\w+)$/gm)].map(([, table]) => `*${table}\nCOMMIT\n`)
    await ensureSuccess(host, ['iptables-restore', '-w', '5'], { stdin: tables.join('') })
  }
}

async function tryVerdicts(context: StepContext, pod: Host, peer: Host): Promise<void> {
  const { signal } = context
  const options = { timeoutMs: 300, signal }
  const seen = await observe(
    context,
    {
      title: 'verdicts',
      captures: [{ host: peer, interface: 'eth0', filter: 'udp' }],
      rulesets: ['filter', 'mangle'].map((table) => ({ host: pod, family: 4 as const, table })),
    },
    async () => ({
      ping: await ping(pod, ipOf(peer), { count: 1, ...options }),
      returned: await udp(pod, ipOf(peer), 9, options),
      dropped: await udp(pod, ipOf(peer), 10, options),
    }),
  )
  const [filter, mangle] = seen.rulesets
  if (filter === undefined || mangle === undefined) throw new Error('the rules were not read')
  const output = { table: 'filter', chain: 'OUTPUT' } as const
  await context.claim('S1.27', (claim) => {
    claim.observe('MARK goes on: the rule after it', hasCounted(mangle, { chain: 'OUTPUT', match: 'mark' }, 1))
    claim.observe('ACCEPT in a chain of one’s own', hasCounted(filter, { chain: 'MINE' }, 1))
    claim.observe(
      'ends the hook: the DROP after it',
      hasCounted(filter, { ...output, protocol: 'icmp', target: 'DROP' }, 0),
    )
    claim.observe('so that the ping is answered', hasOutcome(seen.result.ping, 'ok'))
    const port = (number: number): { specIncludes: string } => ({ specIncludes: `--dport ${number} ` })
    claim.observe('RETURN in a built-in chain', hasCounted(filter, { ...output, target: 'RETURN', ...port(9) }, 1))
    claim.observe('passes over the DROP after it', hasCounted(filter, { ...output, target: 'DROP', ...port(9) }, 0))
    claim.observe(
      'and the policy lets it through',
      containsPackets(seen.capture(peer), { payloadIncludes: nonceBytes(seen.result.returned) }),
    )
    claim.observe('of two rules the first', hasCounted(filter, { ...output, target: 'DROP', ...port(10) }, 1))
    claim.observe('decides', hasCounted(filter, { ...output, target: 'ACCEPT', ...port(10) }, 0))
  })
}

async function tryRejects(context: StepContext, pod: Host, peer: Host): Promise<void> {
  const options = { timeoutMs: 500, signal: context.signal }
  const seen = await observe(
    context,
    { title: 'REJECT', captures: [{ host: pod, interface: 'eth0', filter: 'icmp' }], rulesets: [] },
    async () => ({
      tcp: await tcp(pod, ipOf(peer), 7001, options),
      udp: await udp(pod, ipOf(peer), 7002, options),
    }),
  )
  await context.claim('S1.28', (claim) => {
    for (const protocol of ['tcp', 'udp'] as const) {
      claim.observe(`${protocol}: the probe is refused`, hasOutcome(seen.result[protocol], 'refused'))
      claim.observe(
        `${protocol}: by a message of the other side`,
        containsPackets(seen.capture(pod), {
          icmp: 'destination-unreachable',
          from: ipOf(peer),
          quoting: { to: ipOf(peer), protocol },
        }),
      )
    }
  })
}
