import { randomBytes } from 'node:crypto'
import type { Host } from '../cluster/host.ts'
import type { RunningTrace } from './run-trace.ts'
import type { Trace } from './trace.ts'
import { runForTrace, startTraceMonitor } from './trace-monitor.ts'

/** What the nft table of a hook trace is called, before a part of its own; its chains bear the names of their hooks. */
export const hookTablePrefix = 'packetproof_hooks_'

/** The hooks of netfilter that an IP packet passes. */
export const netfilterHooks = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const
export type NetfilterHook = (typeof netfilterHooks)[number]

export interface HookTraceOptions {
  readonly family: 4 | 6
  /** Which packets, as nft expressions each of which is enough: `meta l4proto tcp`, `udp dport 51871`. */
  readonly matches: readonly string[]
  /** For starting and for stopping. Default 5,000. */
  readonly timeoutMs?: number
}

/** Before raw (-300, which comes before conntrack). */
const firstPriority = -350
/** After nat's srcnat (100) and security (50): what it sees is what the hook leaves behind. */
const lastPriority = 350

/**
 * Traces packets through every hook of a host, hooks without rules included: a table of its own marks them on their way in or
 * out, and sees them again at the end of each hook, after NAT. Unlike `startTrace` it makes no table of iptables.
 * @throws PacketproofError E_TOOL_MISSING, E_EXEC_FAILED with the tool's message, E_TIMEOUT.
 */
export async function startHookTrace(host: Host, options: HookTraceOptions): Promise<RunningTrace> {
  const { family, matches, timeoutMs = 5_000 } = options
  const table = [family === 4 ? 'ip' : 'ip6', `${hookTablePrefix}${randomBytes(4).toString('hex')}`]
  const monitor = await startTraceMonitor(host, family, timeoutMs)
  let isThere = false
  const removeTable = async (): Promise<void> => {
    if (!isThere) return
    isThere = false
    await runForTrace(host, ['nft', 'delete', 'table', ...table])
  }
  const dispose = async (): Promise<void> => {
    await removeTable()
    await monitor.close()
  }
  try {
    await runForTrace(host, ['nft', '-f', '-'], tableText(table.join(' '), matches))
    isThere = true
  } catch (error) {
    await dispose()
    throw error
  }
  const stop = (): Promise<Trace[]> => monitor.finish(removeTable)
  return { stop, [Symbol.asyncDispose]: dispose }
}

function tableText(table: string, matches: readonly string[]): string {
  const marks = matches.map((match) => `${match} meta nftrace set 1`)
  const chains = netfilterHooks.map((hook) => {
    const isFirst = hook === 'prerouting' || hook === 'output'
    const priority = isFirst ? firstPriority : lastPriority
    const base = `type filter hook ${hook} priority ${priority}; policy accept;`
    return `  chain ${hook} { ${[base, ...(isFirst ? marks : [])].join('\n    ')}\n  }`
  })
  return `table ${table} {\n${chains.join('\n')}\n}\n`
}
