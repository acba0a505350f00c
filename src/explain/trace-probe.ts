import { familyOf } from '../../helpers/cidr.ts'
import type { Host } from '../cluster/host.ts'
import type { ProbeResult } from '../probe/outcome.ts'
import { startHookTrace } from '../ruleset/hook-trace.ts'
import type { RunningTrace } from '../ruleset/run-trace.ts'
import type { ExplainedProtocol } from './explanation.ts'
import { readPassages, type TracedPassage } from './read-passages.ts'
import { sendProbe } from './send-probe.ts'
import { wireguardPorts } from './wireguard-ports.ts'

export interface TracedProbePlan {
  readonly from: Host
  readonly address: string
  readonly port?: number
  readonly protocol: ExplainedProtocol
  /** The hosts that tell what they see. */
  readonly watched: readonly Host[]
  /** The addresses at either end of the packet's way. */
  readonly ends: readonly string[]
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Sends one probe while the watched hosts are traced, and returns what each of them saw of it. */
export async function traceProbe(plan: TracedProbePlan): Promise<{ passages: TracedPassage[]; probe: ProbeResult }> {
  const { watched, from, address, protocol, port = 0, timeoutMs, signal } = plan
  const family = familyOf(address)
  const outerPorts = await wireguardPorts(watched.filter(({ kind }) => kind === 'node'))
  const matches = traceMatches(family, protocol, plan.ends, outerPorts)
  const traces: { readonly host: Host; readonly trace: RunningTrace }[] = []
  try {
    const started = await Promise.allSettled(
      watched.map(async (host) => traces.push({ host, trace: await startHookTrace(host, { family, matches }) })),
    )
    const failed = started.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    const probe = await sendProbe(from, address, { protocol, port, timeoutMs, ...(signal && { signal }) })
    const read = traces.map(async ({ host, trace }) => readPassages(host.name, await trace.stop()))
    return { passages: (await Promise.all(read)).flat(), probe }
  } finally {
    await Promise.all(traces.map(({ trace }) => trace[Symbol.asyncDispose]()))
  }
}

/** Whatever comes from or goes to one of the ends: NAT may hide one of the two, never both. And what WireGuard sends. */
function traceMatches(
  family: 4 | 6,
  protocol: ExplainedProtocol,
  ends: readonly string[],
  outerPorts: readonly number[],
): string[] {
  const addresses = [...new Set(ends.filter((address) => familyOf(address) === family))].join(', ')
  const name = protocol === 'icmp' && family === 6 ? 'icmpv6' : protocol
  const ip = family === 4 ? 'ip' : 'ip6'
  // What a connection carries meets no other rules, and its records would be more than the monitor's socket holds. (In IPv6
  // xtables-monitor 1.8.9 cannot print such a rule, and ends.)
  const opening = protocol === 'tcp' && family === 4 ? ' tcp flags & (syn | rst) != 0' : ''
  return [
    ...['saddr', 'daddr'].map((side) => `meta l4proto ${name} ${ip} ${side} { ${addresses} }${opening}`),
    ...(outerPorts.length === 0 ? [] : [`udp dport { ${outerPorts.join(', ')} }`]),
  ]
}
