import { GenericContainer } from 'testcontainers'
import type { Docker } from '../../docker/docker.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { Labels } from './labels.ts'

/** Rules, raw sockets, and other users' programs: what a machine of one's own can do. */
const CAPABILITIES = ['NET_ADMIN', 'NET_RAW', 'SYS_PTRACE']

/** A machine forwards only what it is told to, and an outsider is told to send IPv6, too. */
const SYSCTLS = {
  'net.ipv4.ip_forward': '1',
  'net.ipv4.conf.all.send_redirects': '0',
  'net.ipv4.conf.default.send_redirects': '0',
  'net.ipv6.conf.all.disable_ipv6': '0',
  'net.ipv6.conf.default.disable_ipv6': '0',
  'net.ipv6.conf.all.forwarding': '1',
}

export interface MachineOptions {
  readonly name: string
  readonly hostname: string
  readonly image: string
  readonly network: string
  readonly fixedAddresses: readonly string[]
  readonly labels: Labels
  readonly forwards: boolean
}

/**
 * A container that stands for a machine. Ryuk, the program that removes containers of a test process that has died, is not asked to:
 * it would have to be pulled, needs the socket of the daemon, and would remove the machines of clusters that are kept. The labels of
 * this project do its work (`removeAbandoned`).
 */
class MachineContainer extends GenericContainer {
  constructor(options: MachineOptions) {
    super(options.image)
    const ipv4 = options.fixedAddresses.find((address) => !address.includes(':'))
    const ipv6 = options.fixedAddresses.find((address) => address.includes(':'))
    this.withName(options.name)
      .withLabels({ ...options.labels })
      .withHostname(options.hostname)
      .withNetworkMode(options.network)
      .withAddedCapabilities(...CAPABILITIES)
      .withAutoCleanup(false)
      .withCommand(['sleep', 'infinity'])
    this.hostConfig = { ...this.hostConfig, Init: true, Sysctls: sysctlsFor(options) }
    this.createOpts = {
      ...this.createOpts,
      NetworkingConfig: {
        EndpointsConfig: {
          [options.network]: {
            IPAMConfig: { ...(ipv4 && { IPv4Address: ipv4 }), ...(ipv6 && { IPv6Address: ipv6 }) },
          },
        },
      },
    }
  }
}

function sysctlsFor({ forwards }: MachineOptions): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SYSCTLS).map(([name, on]) => [name, isForwarding(name) && !forwards ? '0' : on]),
  )
}

function isForwarding(name: string): boolean {
  return name.endsWith('forward') || name.endsWith('forwarding')
}

/**
 * Starts a machine.
 * @throws PacketproofError E_CLUSTER with what Docker said
 */
export async function startMachine(docker: Docker, options: MachineOptions): Promise<void> {
  await useSameDaemon(docker)
  try {
    await new MachineContainer(options).start()
  } catch (cause) {
    throw new PacketproofError('E_CLUSTER', `cannot start the machine ${options.name}: ${messageOf(cause)}`, { cause })
  }
}

/** testcontainers does not read the context that the command line was told to use. */
async function useSameDaemon(docker: Docker): Promise<void> {
  if (process.env['DOCKER_HOST'] !== undefined) return
  const { stdout, exitCode } = await docker.try(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])
  if (exitCode === 0 && /^\w+:\/\//.test(stdout)) process.env['DOCKER_HOST'] = stdout.trim()
}
