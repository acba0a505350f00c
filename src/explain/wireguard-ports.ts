import type { Host } from '../cluster/host.ts'

/** The UDP ports of the hosts' WireGuard devices; none where there is no wg(8). */
export async function wireguardPorts(hosts: readonly Host[]): Promise<number[]> {
  const listings = await Promise.all(
    hosts.map(async (host) => {
      const result = await host.exec(['wg', 'show', 'all', 'listen-port']).catch(() => undefined)
      return result?.exitCode === 0 ? result.stdout : ''
    }),
  )
  const ports = listings.flatMap((text) => text.split('\n').map((line) => Number(line.split('\t')[1] ?? 0)))
  return [...new Set(ports.filter((port) => port > 0))]
}
