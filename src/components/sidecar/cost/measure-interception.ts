import { waitFor } from '../../../../helpers/wait-for.ts'
import { ensureSuccess } from '../../../cluster/ensure-success.ts'
import type { Host, HostProcess } from '../../../cluster/host.ts'
import type { TcpCost } from '../../../probe/tcp-cost/measure.ts'
import { agentCommand } from '../../agent-command.ts'

/** The pods between which is measured. */
export interface CostPods {
  /** Without a sidecar. */
  readonly client: Host
  readonly server: Host
  readonly sidecarClient: Host
  readonly sidecarServer: Host
  readonly tproxyServer: Host
}

/** What a connection costs one way, or why that was not measured. */
export interface CostRow {
  readonly way: string
  readonly cost?: TcpCost
  readonly missing?: string
}

export interface CostOptions {
  readonly requests: number
  readonly bytes: number
  readonly signal: AbortSignal
}

const port = 7100
const redirectedPort = 7101
const takenPort = 7102
const appUid = 1000

/** The kernel alone: what a redirect costs without a proxy behind it. */
const kernelRules = `*nat
-A PREROUTING -p tcp --dport ${redirectedPort} -j REDIRECT --to-ports ${port}
COMMIT
*mangle
-A PREROUTING -p tcp --dport ${takenPort} -j TPROXY --on-port ${port} --tproxy-mark 7/0xffffffff
COMMIT
`

/** What else could be done: the document's outlook, for which there is a place and no figure. */
const outlook: CostRow = {
  way: 'redirected in the socket layer by eBPF',
  missing: 'not measured: the outlook of the document',
}

/** Measures the same connections one after the other in each way. Rules that it needs in `server` stay there. */
export async function measureInterception(pods: CostPods, options: CostOptions): Promise<readonly CostRow[]> {
  const { client, server, sidecarClient, sidecarServer, tproxyServer } = pods
  await ensureSuccess(server, ['iptables-restore', '-w', '5', '--noflush'], { stdin: kernelRules })
  await ensureSuccess(server, ['ip', 'rule', 'add', 'fwmark', '7', 'lookup', '107'])
  await ensureSuccess(server, ['ip', 'route', 'add', 'local', 'default', 'dev', 'lo', 'table', '107'])
  const servers: HostProcess[] = []
  try {
    for (const host of [server, sidecarServer, tproxyServer]) servers.push(await startServer(host, host === server))
    const ways: readonly (readonly [way: string, from: Host, to: Host, port: number])[] = [
      ['direct', client, server, port],
      ['REDIRECT by the kernel alone', client, server, redirectedPort],
      ['TPROXY by the kernel alone', client, server, takenPort],
      ['REDIRECT, through the proxy', client, sidecarServer, port],
      ['TPROXY, through the proxy', client, tproxyServer, port],
      ['REDIRECT, through a proxy on each side', sidecarClient, sidecarServer, port],
    ]
    const rows: CostRow[] = []
    for (const [way, from, to, toPort] of ways) rows.push({ way, cost: await measureOne(from, to, toPort, options) })
    return [...rows, outlook]
  } finally {
    await Promise.all(servers.map(async (child) => await child.kill('SIGKILL')))
  }
}

async function startServer(host: Host, isTransparent: boolean): Promise<HostProcess> {
  const argv = [...agentCommand('tcp-cost'), 'serve', String(port), ...(isTransparent ? ['--transparent'] : [])]
  const child = await host.spawn(argv, isTransparent ? {} : { uid: appUid })
  let text = ''
  child.stdout.on('data', (data: Buffer) => (text += data.toString()))
  child.stderr.on('data', (data: Buffer) => (text += data.toString()))
  await waitFor(`the server in ${host.name}`, () => text.includes('listening'), { timeoutMs: 10_000 })
  return child
}

async function measureOne(from: Host, to: Host, toPort: number, options: CostOptions): Promise<TcpCost> {
  const address = to.addresses.find((candidate) => !candidate.includes(':')) ?? ''
  const words = [address, toPort, options.requests, options.bytes].map(String)
  const { stdout } = await ensureSuccess(from, [...agentCommand('tcp-cost'), 'measure', ...words], {
    uid: appUid,
    timeoutMs: 60_000,
    signal: options.signal,
  })
  return JSON.parse(stdout) as TcpCost
}

/** The latency that this part of the connections did not exceed, in microseconds. */
export function latencyAt({ latenciesUs }: TcpCost, part: number): number {
  const sorted = latenciesUs.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? 0
}

/** Megabytes a second. */
export function throughputOf({ bytes, streamMs }: TcpCost): number {
  return bytes / 1000 / streamMs
}
