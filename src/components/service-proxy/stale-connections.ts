import { mustRun, type RunTool, type ToolResult } from '../run-tool.ts'
import { endpointsByPort, printEndpoint, usableEndpoints } from './endpoints.ts'
import type { ProxiedObjects } from './render-tables.ts'
import { type IpFamily, printServicePort, servicePortsOf } from './service-port.ts'

/** What is sent to a Service over UDP goes where connection tracking remembers that it went before. By `conntrack -D` argument. */
type Translations = ReadonlyMap<string, ReadonlySet<string>>

/** Where UDP traffic goes, by what it is sent to (`--orig-dst ADDRESS` or `--orig-port-dst PORT`). */
export function udpTranslations(objects: ProxiedObjects, family: IpFamily, nodeName: string): Translations {
  const endpoints = endpointsByPort(objects.slices, family, nodeName)
  const found = new Map<string, ReadonlySet<string>>()
  for (const port of [...objects.services].flatMap((service) => servicePortsOf(service, family))) {
    if (port.protocol !== 'udp') continue
    const { all } = usableEndpoints(port, endpoints.get(printServicePort(port)) ?? [])
    const targets = new Set(all.map(printEndpoint))
    for (const address of [port.clusterIp, ...port.externalIps, ...port.loadBalancerIps]) {
      found.set(`--orig-dst ${address} --orig-port-dst ${port.port}`, targets)
    }
    if (port.nodePort !== undefined) found.set(`--orig-port-dst ${port.nodePort}`, targets)
  }
  return found
}

/** The `conntrack -D` arguments for entries that lead to endpoints that are gone, or past a Service that had none. */
export function staleConnections(before: Translations, after: Translations): readonly (readonly string[])[] {
  return [...before].flatMap(([destination, targets]) => {
    const now = after.get(destination) ?? new Set<string>()
    if (targets.size === 0) return now.size > 0 ? [destination.split(' ')] : []
    const gone = [...targets].filter((target) => !now.has(target))
    return gone.map((target) => [...destination.split(' '), '--dst-nat', addressIn(target)])
  })
}

/** @throws PacketproofError E_TOOL_MISSING where there is no conntrack, or with what it said. */
export async function deleteConnections(run: RunTool, family: IpFamily, match: readonly string[]): Promise<void> {
  const argv = ['conntrack', '-D', '-p', 'udp', '-f', family === 4 ? 'ipv4' : 'ipv6', ...match]
  // It ends with 1 when there was nothing to delete.
  const tolerant: RunTool = async (words, stdin): Promise<ToolResult> => {
    const result = await run(words, stdin)
    return result.exitCode === 1 && / 0 flow entries/.test(result.stderr) ? { ...result, exitCode: 0 } : result
  }
  await mustRun(tolerant, argv)
}

/** An address without the port, nor brackets. */
function addressIn(endpoint: string): string {
  return endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
