import type { Host } from '../cluster/host.ts'

/** The settings by which the kernel may not route what came in by an interface (its ip-sysctl document), with their values. */
export async function readRoutingSettings(
  host: Host,
  family: 4 | 6,
  device: string,
): Promise<{ name: string; value: string }[]> {
  const paths =
    family === 4
      ? ['net/ipv4/ip_forward', 'net/ipv4/conf/all/rp_filter', `net/ipv4/conf/${device}/rp_filter`]
      : ['net/ipv6/conf/all/forwarding']
  const { stdout } = await host.exec(['cat', ...paths.map((path) => `/proc/sys/${path}`)])
  const values = stdout.trim().split('\n')
  return paths.map((path, index) => ({ name: path.replaceAll('/', '.'), value: values[index] ?? 'unknown' }))
}
