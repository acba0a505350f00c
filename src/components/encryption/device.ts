import { waitFor } from '../../../helpers/wait-for.ts'
import { PacketproofError } from '../../errors.ts'
import { noSuchProgram, type RunTool } from '../run-tool.ts'
import { deviceName, listenPort } from './names.ts'
import { readLinks, type ShownLink } from './observe.ts'

/** What carries the tunnel: the kernel's WireGuard, or the program that stands in for it. */
export type Carrier = 'kernel' | 'wireguard-go'

const START_TIMEOUT_MS = 5000

const installHint =
  'either the kernel module (modprobe wireguard; Linux 5.6 or newer has it), or wireguard-go with a /dev/net/tun that this user may open ' +
  '(apt-get install wireguard-go; in a container: --device /dev/net/tun)'

/** The carrier of a device as `ip` shows it; undefined when it is no WireGuard device. */
export function carrierOf({ kind }: ShownLink): Carrier | undefined {
  if (kind === 'wireguard') return 'kernel'
  return kind === 'tun' ? 'wireguard-go' : undefined
}

/** @throws PacketproofError E_ENVIRONMENT when something else has the device's name. */
export async function findDevice(run: RunTool): Promise<Carrier | undefined> {
  const link = (await readLinks(run)).find(({ name }) => name === deviceName)
  if (link === undefined) return undefined
  const carrier = carrierOf(link)
  if (carrier !== undefined) return carrier
  throw new PacketproofError(
    'E_ENVIRONMENT',
    `there is an interface ${deviceName}, and it is no WireGuard device but ${link.kind ?? 'of no known kind'}`,
    { hint: `take it away: ip link del ${deviceName}` },
  )
}

/**
 * Finds the device or makes it, with the kernel's WireGuard or else wireguard-go, which then runs on its own.
 * @throws PacketproofError E_ENVIRONMENT with what both said and what to install, or that the port is in use.
 */
export async function ensureDevice(run: RunTool): Promise<Carrier> {
  const found = await findDevice(run)
  if (found !== undefined) return found
  await refusePortInUse(run)
  const kernel = await run(['ip', 'link', 'add', 'dev', deviceName, 'type', 'wireguard'])
  if (kernel.exitCode === 0) return 'kernel'
  const program = await run(['wireguard-go', deviceName])
  if (program.exitCode !== 0) throw noWireguard(firstLine(kernel.stderr), complaintOf(program))
  await waitFor(
    `wireguard-go to carry ${deviceName}`,
    async () => (await run(['timeout', '1', 'wg', 'show', deviceName, 'listen-port'])).exitCode === 0,
    { timeoutMs: START_TIMEOUT_MS },
  ).catch((cause: unknown) => {
    throw new PacketproofError('E_ENVIRONMENT', `wireguard-go was started and does not carry ${deviceName}`, { cause })
  })
  return 'wireguard-go'
}

/** Why there is no device where another container is to make it. */
export async function explainMissingDevice(run: RunTool): Promise<PacketproofError> {
  const program = await run(['wireguard-go', '--version'])
  const tun = await run(['sh', '-c', ': < /dev/net/tun'])
  const kernel = 'whoever is to make it has not'
  const reason =
    program.exitCode === noSuchProgram
      ? 'there is no wireguard-go'
      : tun.exitCode === 0
        ? 'see the log of the container that makes it'
        : firstLine(tun.stderr)
  return noWireguard(kernel, reason)
}

async function refusePortInUse(run: RunTool): Promise<void> {
  const sockets = await run(['ss', '-Hlunp', `sport = :${listenPort}`])
  const [line] = sockets.stdout.split('\n')
  if (sockets.exitCode !== 0 || !line) return
  throw portInUse(/users:\(\("([^"]+)",pid=(\d+)/.exec(line))
}

/** @param holder program and pid, where known. */
function portInUse(holder: RegExpExecArray | null): PacketproofError {
  const who = holder === null ? 'another program' : `${holder[1]} (process ${holder[2]})`
  return new PacketproofError('E_ENVIRONMENT', `UDP port ${listenPort} is in use by ${who}`, {
    hint: `WireGuard needs the port on every node; find the program with: ss -lunp 'sport = :${listenPort}'`,
  })
}

/** Says it better than `wg` does. */
export async function explainWgFailure(run: RunTool, error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !/address already in use/i.test(error.message)) return error
  const sockets = await run(['ss', '-Hlunp', `sport = :${listenPort}`])
  return portInUse(/users:\(\("([^"]+)",pid=(\d+)/.exec(sockets.stdout))
}

function noWireguard(kernel: string, program: string): PacketproofError {
  return new PacketproofError(
    'E_ENVIRONMENT',
    `there is no ${deviceName}: WireGuard not supported by the Linux kernel (${kernel}), nor by a program (${program})`,
    { hint: `needed is ${installHint}` },
  )
}

function complaintOf({ exitCode, stdout, stderr }: Awaited<ReturnType<RunTool>>): string {
  if (exitCode === noSuchProgram) return 'there is no wireguard-go'
  const line = `${stdout}\n${stderr}`.split('\n').find((text) => /error|failed|denied|no such/i.test(text))
  return line?.trim() ?? `wireguard-go ended with ${exitCode ?? 'a signal'}`
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
