import { finished } from 'node:stream/promises'
import type { ExitStatus, Host, HostProcess } from '../cluster/host.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { complaintOf } from './tcpdump-statistics.ts'

/** Of kernel memory for packets that tcpdump has not read yet: some thousand at the default snapshot length. */
const RING_KIBIBYTES = 8192
/** For the last words of a tcpdump that has exited. */
const STDERR_TIMEOUT_MS = 500

/** tcpdump that is listening, or that has ended. */
export interface TcpdumpProcess {
  readonly process: HostProcess
  readonly exited: Promise<ExitStatus>
  /** Undefined while it runs. */
  status(): ExitStatus | undefined
  stderr(): string
}

export interface TcpdumpOptions {
  readonly interface: string
  readonly filter: string | undefined
  readonly snaplen: number
  readonly packetLimit: number | undefined
  /** A file of the host, or `-` for the process's stdout, which the caller then reads. */
  readonly path: string
  readonly signal: AbortSignal | undefined
  readonly readyTimeoutMs: number
}

/**
 * Starts tcpdump and resolves when it says `listening on`.
 * @throws PacketproofError E_TOOL_MISSING, E_NO_PRIVILEGE, E_CAPTURE with what tcpdump said (no such interface, wrong filter), or
 * the signal's reason.
 */
export async function startTcpdump(host: Host, options: TcpdumpOptions): Promise<TcpdumpProcess> {
  const argv = tcpdumpArgv(options)
  const process = await host
    .spawn(argv, options.signal === undefined ? {} : { signal: options.signal })
    .catch((error) => {
      options.signal?.throwIfAborted()
      throw /ENOENT|not found|no such (file|program)/i.test(messageOf(error))
        ? toolMissing(host, error)
        : new PacketproofError('E_CAPTURE', `cannot run tcpdump on ${host.name}: ${messageOf(error)}`, { cause: error })
    })
  let stderr = ''
  let status: ExitStatus | undefined
  const exited = process.exited.then((exit) => (status = exit))
  const listening = new Promise<'listening'>((resolve) => {
    process.stderr.on('data', (chunk: Buffer | string) => {
      stderr += chunk.toString()
      if (/^(tcpdump: )?listening on /m.test(stderr)) resolve('listening')
    })
  })
  if (options.path !== '-') process.stdout.resume()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), options.readyTimeoutMs)
  })
  const outcome = await Promise.race([listening, late, exited.then(() => 'exited' as const)]).finally(() =>
    clearTimeout(timer),
  )
  if (outcome === 'listening') return { process, exited, status: () => status, stderr: () => stderr }
  options.signal?.throwIfAborted()
  if (outcome === 'exited') {
    // The last words may still be on their way when the exit status is known.
    await finished(process.stderr, { signal: AbortSignal.timeout(STDERR_TIMEOUT_MS) }).catch(() => undefined)
    throw startError(host, options, status, stderr)
  }
  await process.kill('SIGKILL')
  throw new PacketproofError(
    'E_CAPTURE',
    `tcpdump on ${host.name} ${options.interface} did not start listening within ${options.readyTimeoutMs} ms`,
    { hint: `it said: ${complaintOf(stderr) || '(nothing)'}` },
  )
}

function tcpdumpArgv(options: TcpdumpOptions): readonly string[] {
  return [
    'tcpdump',
    '-n',
    '-U',
    '--immediate-mode',
    '--time-stamp-precision=micro',
    // Debian's tcpdump becomes user tcpdump otherwise, who may not exist in a user namespace or own the file's folder.
    '-Z',
    'root',
    '-B',
    String(RING_KIBIBYTES),
    '-s',
    String(options.snaplen),
    '-i',
    options.interface,
    ...(options.packetLimit === undefined ? [] : ['-c', String(options.packetLimit)]),
    '-w',
    options.path,
    ...(options.filter === undefined ? [] : ['--', options.filter]),
  ]
}

function startError(
  host: Host,
  options: TcpdumpOptions,
  status: ExitStatus | undefined,
  stderr: string,
): PacketproofError {
  const complaint = complaintOf(stderr)
  const where = `${host.name} ${options.interface}`
  if (status?.exitCode === 127 || /failed to execute tcpdump|tcpdump: (command )?not found/.test(stderr)) {
    return toolMissing(host, undefined)
  }
  if (/permission to (perform this )?capture|Operation not permitted/i.test(complaint)) {
    return new PacketproofError('E_NO_PRIVILEGE', `tcpdump may not capture on ${where}: ${complaint}`, {
      hint: 'it needs CAP_NET_RAW in the network namespace of the host',
    })
  }
  const hint = /no such device/i.test(complaint)
    ? `see its interfaces with: ip link (in ${host.name})`
    : /syntax error|parse filter|expression/i.test(complaint)
      ? 'see pcap-filter(7) for the syntax'
      : undefined
  const said = complaint || `it exited with ${status?.exitCode ?? status?.signal} and said nothing`
  return new PacketproofError('E_CAPTURE', `cannot capture on ${where}: ${said}`, hint === undefined ? {} : { hint })
}

function toolMissing(host: Host, cause: unknown): PacketproofError {
  return new PacketproofError('E_TOOL_MISSING', `tcpdump is not installed on ${host.name}`, {
    hint: 'apt-get install tcpdump',
    cause,
  })
}
