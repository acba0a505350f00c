import { waitFor } from '../../helpers/wait-for.ts'
import type { Host, HostProcess } from '../cluster/host.ts'
import { PacketproofError } from '../errors.ts'
import { traceOf } from './parse-trace.ts'
import type { Trace } from './trace.ts'

/** NFNLGRP_NFTRACE is group 9 of NETLINK_NETFILTER (nfnetlink.h, netlink.h). */
const traceGroup = 1n << 8n
const netfilterProtocol = '12'

/** `xtables-monitor --trace` on a host: prints what rules that mark packets for tracing make the kernel tell. */
export interface TraceMonitor {
  /**
   * Waits until everything that the kernel has delivered is printed, takes the rules away that mark packets, ends the monitor, and
   * returns all traces.
   */
  finish(removeMarks: () => Promise<void>): Promise<Trace[]>
  /** Ends the monitor. */
  close(): Promise<void>
}

/**
 * Resolves when the monitor's socket listens: what is marked from now on is seen.
 * @throws PacketproofError E_TOOL_MISSING, E_EXEC_FAILED with the tool's message, E_TIMEOUT.
 */
export async function startTraceMonitor(host: Host, family: 4 | 6, timeoutMs: number): Promise<TraceMonitor> {
  const others = new Set((await traceSockets(host)).map(({ id }) => id))
  const monitor = await spawnMonitor(host, family)
  try {
    const socket = await waitFor(
      `xtables-monitor on ${host.name} to listen`,
      async () => {
        if (monitor.ended()) throw monitorEnded(host, monitor)
        return (await traceSockets(host)).find(({ id }) => !others.has(id))
      },
      { timeoutMs },
    )
    const settle = async (): Promise<void> => {
      let seen = -1
      await waitFor(
        `xtables-monitor on ${host.name} to print what it received`,
        async () => {
          if (monitor.ended()) return true
          const own = (await traceSockets(host)).find(({ id }) => id === socket.id)
          const settled = own === undefined || (own.queuedBytes === 0 && monitor.stdout().length === seen)
          seen = monitor.stdout().length
          return settled
        },
        { timeoutMs },
      )
    }
    const finish = async (removeMarks: () => Promise<void>): Promise<Trace[]> => {
      // It looks rules up when it prints them, and gives up where one is gone: first what is there, then no more.
      await settle()
      if (monitor.ended()) throw monitorEnded(host, monitor)
      await removeMarks()
      await settle()
      await monitor.close()
      return traceOf(monitor.stdout().split('\n'))
    }
    return { finish, close: () => monitor.close() }
  } catch (error) {
    await monitor.close()
    throw error
  }
}

/**
 * Runs a command that must succeed.
 * @throws PacketproofError E_TOOL_MISSING when there is no such program, E_EXEC_FAILED with what it said.
 */
export async function runForTrace(host: Host, argv: readonly string[], stdin?: string): Promise<string> {
  const result = await host.exec(argv, stdin === undefined ? {} : { stdin })
  if (result.exitCode === 0) return result.stdout
  throw new PacketproofError(
    result.exitCode === 127 ? 'E_TOOL_MISSING' : 'E_EXEC_FAILED',
    `${argv.join(' ')} on ${host.name} failed: ${result.stderr.trim() || 'no message'}`,
  )
}

interface Monitor {
  stdout(): string
  stderr(): string
  ended(): boolean
  close(): Promise<void>
}

async function spawnMonitor(host: Host, family: 4 | 6): Promise<Monitor> {
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
  const text = await runForTrace(host, ['cat', '/proc/net/netlink'])
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, protocol, , groups]) => protocol === netfilterProtocol && hasTraceGroup(groups))
    .map(([, , portId, , queued]) => ({ id: portId ?? '', queuedBytes: Number(queued) }))
}

function hasTraceGroup(groups: string | undefined): boolean {
  return groups !== undefined && /^[\da-f]+$/i.test(groups) && (BigInt(`0x${groups}`) & traceGroup) !== 0n
}
