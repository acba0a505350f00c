import { waitFor } from '../../helpers/wait-for.ts'
import type { Host, HostProcess } from '../cluster/host.ts'
import { PacketproofError } from '../errors.ts'
import { traceOf } from './parse-trace.ts'
import type { Trace } from './trace.ts'

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

/** NFNLGRP_NFTRACE is group 9 of NETLINK_NETFILTER (nfnetlink.h, netlink.h). */
const traceGroup = 1n << 8n
const netfilterProtocol = '12'

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
      await run(host, [program, '-w', '-t', 'raw', '-D', chain, ...rule])
    }
  }
  const others = new Set((await traceSockets(host)).map(({ id }) => id))
  const monitor = await startMonitor(host, family)
  try {
    const socket = await waitFor(
      `xtables-monitor on ${host.name} to listen`,
      async () => {
        if (monitor.ended()) throw monitorEnded(host, monitor)
        return (await traceSockets(host)).find(({ id }) => !others.has(id))
      },
      { timeoutMs },
    )
    for (const chain of ['PREROUTING', 'OUTPUT']) {
      await run(host, [program, '-w', '-t', 'raw', '-I', chain, '1', ...rule])
      inserted.push(chain)
    }
    const stop = async (): Promise<Trace[]> => {
      await removeRules()
      if (monitor.ended()) throw monitorEnded(host, monitor)
      let seen = -1
      await waitFor(
        `xtables-monitor on ${host.name} to print what it received`,
        async () => {
          const own = (await traceSockets(host)).find(({ id }) => id === socket.id)
          const settled = own === undefined || (own.queuedBytes === 0 && monitor.stdout().length === seen)
          seen = monitor.stdout().length
          return settled
        },
        { timeoutMs },
      )
      await monitor.close()
      return traceOf(monitor.stdout().split('\n'))
    }
    const dispose = async (): Promise<void> => {
      await removeRules()
      await monitor.close()
    }
    return { stop, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await removeRules()
    await monitor.close()
    throw error
  }
}

interface Monitor {
  stdout(): string
  stderr(): string
  ended(): boolean
  close(): Promise<void>
}

async function startMonitor(host: Host, family: 4 | 6): Promise<Monitor> {
  let child: HostProcess
  try {
    child = await host.spawn(['xtables-monitor', '--trace', `-${family}`])
  } catch (cause) {
    throw new PacketproofError('E_TOOL_MISSING', `${host.name} has no xtables-monitor, which a trace needs`, {
      hint: 'install the iptables package',
      cause,
    })
  }
  const texts = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (texts.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (texts.stderr += chunk))
  let ended = false
  const exited = child.exited.then(() => (ended = true))
  return {
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended: () => ended,
    close: async () => {
      if (!ended) await child.kill('SIGTERM')
      await exited
    },
  }
}

function monitorEnded(host: Host, monitor: Monitor): PacketproofError {
  return new PacketproofError(
    'E_EXEC_FAILED',
    `xtables-monitor on ${host.name} ended by itself: ${monitor.stderr().trim() || 'no message'}`,
  )
}

interface NetlinkSocket {
  readonly id: string
  readonly queuedBytes: number
}

/** Sockets of the host's network namespace that listen to traces: /proc/net/netlink, columns sk Eth Pid Groups Rmem …. */
async function traceSockets(host: Host): Promise<NetlinkSocket[]> {
  const text = await run(host, ['cat', '/proc/net/netlink'])
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, protocol, , groups]) => protocol === netfilterProtocol && hasTraceGroup(groups))
    .map(([, , portId, , queued]) => ({ id: portId ?? '', queuedBytes: Number(queued) }))
}

function hasTraceGroup(groups: string | undefined): boolean {
  return groups !== undefined && /^[\da-f]+$/i.test(groups) && (BigInt(`0x${groups}`) & traceGroup) !== 0n
}

async function run(host: Host, argv: readonly string[]): Promise<string> {
  const result = await host.exec(argv)
  if (result.exitCode === 0) return result.stdout
  throw new PacketproofError(
    result.exitCode === 127 ? 'E_TOOL_MISSING' : 'E_EXEC_FAILED',
    `${argv.join(' ')} on ${host.name} failed: ${result.stderr.trim() || 'no message'}`,
  )
}
