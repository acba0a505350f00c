import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { messageOf } from '../../../errors.ts'
import { loadKubeAccess } from '../../kube-watch/kube-access.ts'
import { failureText } from '../failure-text.ts'
import { requireCapability } from '../init/capability.ts'
import type { ConnectionRecord } from './connection-record.ts'
import { TransparentProxy } from './proxy.ts'
import { proxyHelp, readProxyOptions } from './proxy-options.ts'
import { ServiceTable } from './service-table.ts'
import { listenAside, ProxyStatistics } from './side-ports.ts'

/**
 * `packetproof agent sidecar-proxy`: runs until SIGTERM or SIGINT. Standard output: one line of JSON when it listens, and one for each
 * connection that has ended.
 * @param argv the arguments after `agent sidecar-proxy`.
 * @returns the exit code: 0; 2 for bad flags; 3 without the capability; 1 when a port is taken.
 */
export async function sidecarProxyCommand(argv: readonly string[]): Promise<number> {
  try {
    const options = readProxyOptions(argv, process.env)
    if (options === undefined) {
      process.stdout.write(proxyHelp)
      return 0
    }
    if (options.mode === 'TPROXY') requireCapability('NET_ADMIN', 'the mode TPROXY')
    const statistics = new ProxyStatistics()
    const ended = new AbortController()
    const record = (record: ConnectionRecord): void => {
      statistics.add(record)
      print(record)
    }
    const services = await followServices(ended.signal)
    const proxy = new TransparentProxy(options, record, services && (async (to) => await services.resolve(to)))
    await proxy.listen(hasIpv6() ? [4, 6] : [4])
    const servers = await listenAside(options, statistics)
    const { mode, inboundPort, outboundPort } = options
    print({ event: 'listening', mode, inboundPort, outboundPort, uid: process.getuid?.(), gid: process.getgid?.() })
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
    ended.abort()
    for (const server of servers) server.close().closeAllConnections()
    proxy.close()
    return 0
  } catch (error) {
    const { text, exitCode } = failureText(error)
    process.stderr.write(text)
    return exitCode
  }
}

/** In a pod with a service account; without one, connections to Services go where they were bound. */
async function followServices(signal: AbortSignal): Promise<ServiceTable | undefined> {
  let isTold = false
  const tell = (error: unknown): void => {
    if (!isTold) process.stderr.write(`Services are not known: ${messageOf(error)}\n`)
    isTold = true
  }
  try {
    return new ServiceTable(await loadKubeAccess(), signal, tell)
  } catch (error) {
    if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) tell(error)
    return undefined
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Empty, or not there at all, where IPv6 is off. */
function hasIpv6(): boolean {
  try {
    return readFileSync('/proc/net/if_inet6', 'utf8') !== ''
  } catch {
    return false
  }
}
