import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConntrack } from '../packet/conntrack.ts'
import { findConntrackEntry, joinTranslations } from '../packet/translation.ts'
import { startCaptures } from './capture.ts'
import { type NamespaceHost, run, startNamespaceHost } from './testing/namespace-host.ts'

const isRoot = process.getuid?.() === 0
const RULES = '*nat\n-A POSTROUTING -o eth0 -j MASQUERADE --random-fully\nCOMMIT\n'

describe.skipIf(!isRoot)('a packet through real NAT (needs root for namespaces)', () => {
  const hosts: NamespaceHost[] = []
  let pod: NamespaceHost
  let node: NamespaceHost
  let server: NamespaceHost

  beforeAll(async () => {
    const start = async (name: string): Promise<NamespaceHost> => {
      const host = await startNamespaceHost(name, 'link set lo up\n')
      hosts.push(host)
      return host
    }
    pod = await start('pod')
    node = await start('node')
    server = await start('server')
    await run(
      node,
      ['ip', '-batch', '-'],
      `link add pod0 type veth peer name eth0 netns ${pod.pid}
address add 10.244.1.1/24 dev pod0
link set pod0 up
link add eth0 type veth peer name eth0 netns ${server.pid}
address add 172.18.0.3/24 dev eth0
link set eth0 up
`,
    )
    await run(
      pod,
      ['ip', '-batch', '-'],
      'address add 10.244.1.2/24 dev eth0\nlink set eth0 up\nroute add default via 10.244.1.1\n',
    )
    await run(server, ['ip', '-batch', '-'], 'address add 172.18.0.9/24 dev eth0\nlink set eth0 up\n')
    await run(node, ['sysctl', '-qw', 'net.ipv4.ip_forward=1'])
    await run(node, ['iptables-restore'], RULES)
  })

  afterAll(async () => {
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()))
  })

  it('is joined across three places, with what changed and the conntrack entry that changed it', async () => {
    const captures = await startCaptures([
      { host: pod, options: { interface: 'eth0', filter: 'icmp' } },
      { host: node, options: { interface: 'any', filter: 'icmp' } },
      { host: server, options: { interface: 'eth0', filter: 'icmp' } },
    ])
    const ping = await pod.exec(['ping', '-n', '-c', '2', '-i', '0.01', '-W', '2', '172.18.0.9'])
    expect(ping.exitCode).toBe(0)
    const results = await Promise.all(captures.map((capture) => capture.stop()))
    expect(results.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined])

    const translations = joinTranslations(results)
    const entries = parseConntrack((await node.exec(['conntrack', '-L', '-o', 'extended'])).stdout)
    const found = translations.map((translation) => ({
      way: translation.points.map(({ host, direction, source }) => [host, direction, source].join(' ')),
      changed: translation.changed.filter((field) => field !== 'icmpId'),
      direction: findConntrackEntry(translation, entries)?.direction,
    }))
    const request = {
      way: ['pod  10.244.1.2', 'node in 10.244.1.2', 'node out 172.18.0.3', 'server  172.18.0.3'],
      changed: ['source'],
      direction: 'original',
    }
    const reply = {
      way: ['server  172.18.0.9', 'node in 172.18.0.9', 'node out 172.18.0.9', 'pod  172.18.0.9'],
      changed: ['destination'],
      direction: 'reply',
    }
    expect(found).toEqual([request, reply, request, reply])
  })
})
