import type { Host } from '../cluster/host.ts'
import type { Trace } from './trace.ts'
import { runForTrace, startTraceMonitor } from './trace-monitor.ts'

export interface TraceOptions {
  /** Which packets: matches of iptables without a target, for instance `['-p', 'icmp', '-d', '10.0.0.2']`. */
  readonly match: readonly string[]
  /** Default 4. */
  readonly family?: 4 | 6
  /** For starting and for stopping. Default 5,000. */
  readonly timeoutMs?: number
}

export interface RunningTrace extends AsyncDisposable {
  /** Removes the TRACE rules, waits until the kernel has delivered what it had, and returns all traces. */
  stop(): Promise<Trace[]>
}

/**
 * Traces packets through the rules of a host that iptables-nft made (rules of iptables-legacy do not show up): puts a TRACE
 * rule at the head of raw PREROUTING and OUTPUT and runs `xtables-monitor --trace`. Resolves when packets sent from now on
 * are seen.
 * @throws PacketproofError E_TOOL_MISSING, E_EXEC_FAILED with the tool's message, E_TIMEOUT.
 */
export async function startTrace(host: Host, options: TraceOptions): Promise<RunningTrace> {
  const { match, family = 4, timeoutMs = 5_000 } = options
  const program = family === 4 ? 'iptables-nft' : 'ip6tables-nft'
  const rule = [...match, '-m', 'comment', '--comment', 'packetproof-trace', '-j', 'TRACE']
  const inserted: string[] = []
  const removeRules = async (): Promise<void> => {
    for (let chain = inserted.pop(); chain !== undefined; chain = inserted.pop()) {
      await runForTrace(host, [program, '-w', '-t', 'raw', '-D', chain, ...rule])
    }
  }
  const monitor = await startTraceMonitor(host, family, timeoutMs)
  const dispose = async (): Promise<void> => {
    await removeRules()
    await monitor.close()
  }
  try {
    for (const chain of ['PREROUTING', 'OUTPUT']) {
      await runForTrace(host, [program, '-w', '-t', 'raw', '-I', chain, '1', ...rule])
      inserted.push(chain)
    }
  } catch (error) {
    await dispose()
    throw error
  }
  const stop = (): Promise<Trace[]> => monitor.finish(removeRules)
  return { stop, [Symbol.asyncDispose]: dispose }
}
