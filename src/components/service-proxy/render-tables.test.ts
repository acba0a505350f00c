import { readFileSync } from 'node:fs'
import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { diffRules } from '../../ruleset/diff-rules.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { serviceChains } from './chain-names.ts'
import type { ProxyOptions } from './options.ts'
import { printTables } from './plan.ts'
import { renderTables } from './render-tables.ts'

const options: ProxyOptions = {
  nodeName: 'testnode',
  nodeIp: '192.168.0.2',
  clusterCidr: '10.0.0.0/8',
  masqueradeAll: false,
  localhostNodePorts: true,
  randomFully: false,
}

interface ServiceFields {
  readonly spec: Partial<V1Service['spec']>
  readonly loadBalancerIps?: readonly string[]
}

/** As the test of kube-proxy has them: port p80, 80/TCP, of `nsN/svcN`. */
function service(number: number, { spec, loadBalancerIps = [] }: ServiceFields, nodePort?: number): V1Service {
  return {
    metadata: { namespace: `ns${number}`, name: `svc${number}` },
    spec: {
      clusterIP: `172.30.0.4${number}`,
      ports: [{ name: 'p80', port: 80, protocol: 'TCP', ...(nodePort !== undefined && { nodePort }) }],
      ...spec,
    },
    status: { loadBalancer: { ingress: loadBalancerIps.map((ip) => ({ ip })) } },
  }
}

function slice(number: number, addresses: readonly string[], local: readonly string[] = []): V1EndpointSlice {
  return {
    metadata: {
      namespace: `ns${number}`,
      name: `svc${number}-1`,
      labels: { 'kubernetes.io/service-name': `svc${number}` },
    },
    addressType: 'IPv4',
    ports: [{ name: 'p80', port: 80, protocol: 'TCP' }],
    endpoints: addresses.map((address) => ({
      addresses: [address],
      ...(local.includes(address) && { nodeName: 'testnode' }),
    })),
  }
}

/** The services of kube-proxy's own TestOverallIPTablesRules. */
const services: readonly V1Service[] = [
  service(1, { spec: {} }),
  service(
    2,
    {
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        externalIPs: ['192.168.99.22'],
        healthCheckNodePort: 30_000,
      },
      loadBalancerIps: ['1.2.3.4'],
    },
    3001,
  ),
  service(3, { spec: { type: 'NodePort' } }, 3003),
  service(4, { spec: { type: 'NodePort', externalIPs: ['192.168.99.33'] } }),
  service(
    5,
    {
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Cluster',
        healthCheckNodePort: 30_000,
        loadBalancerSourceRanges: [' 203.0.113.0/25'],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
      },
      loadBalancerIps: ['5.6.7.8'],
    },
    3002,
  ),
  service(6, { spec: { type: 'ClusterIP' } }),
]
const slices: readonly V1EndpointSlice[] = [
  slice(1, ['10.180.0.1']),
  slice(2, ['10.180.0.2']),
  slice(3, ['10.180.0.3']),
  slice(4, ['10.180.0.4', '10.180.0.5'], ['10.180.0.5']),
  slice(5, ['10.180.0.3']),
]

function rulesFor(
  given: readonly V1Service[],
  endpoints: readonly V1EndpointSlice[],
  changes: Partial<ProxyOptions> = {},
) {
  const { filter, nat } = renderTables({ services: given, slices: endpoints }, 4, { ...options, ...changes })
  return [...filter, ...nat].flatMap(([chain, rules]) => rules.map((rule) => `${chain} ${rule}`))
}

describe('the rules of a node', () => {
  it('are those that kube-proxy expects of itself', () => {
    const file = new URL('testdata/overall.payload', import.meta.url)
    const expected = parseRuleset(readFileSync(file, 'utf8'), { format: 'restore', source: 'overall.payload' })
    const printed = printTables(renderTables({ services, slices }, 4, options))
    const own = parseRuleset(printed, { format: 'restore', source: 'ours' })
    expect(diffRules(expected, own)).toEqual([])
  })

  it('name chains by the hash that kube-proxy computes', () => {
    expect(serviceChains('ns1/svc1:p80', 'tcp').cluster).toBe('KUBE-SVC-XPGD46QRK7WJZT7O')
    // On every cluster.
    expect(serviceChains('default/kubernetes:https', 'tcp').cluster).toBe('KUBE-SVC-NPX46M4PTMTKRN6Y')
    expect(serviceChains('kube-system/kube-dns:dns', 'udp').cluster).toBe('KUBE-SVC-TCOU7JCQXEZGVUNU')
  })

  it('reject what comes to a service without endpoints, wherever it comes to', () => {
    const exposed = service(
      1,
      { spec: { type: 'LoadBalancer', externalIPs: ['192.168.99.11'] }, loadBalancerIps: ['1.2.3.4'] },
      3001,
    )
    const rejects = rulesFor([exposed], []).filter((rule) => rule.endsWith('-j REJECT'))
    expect(rejects.map((rule) => rule.replace(/-m comment.*endpoints" /, ''))).toEqual([
      'KUBE-SERVICES -m tcp -p tcp -d 172.30.0.41 --dport 80 -j REJECT',
      'KUBE-EXTERNAL-SERVICES -m tcp -p tcp -d 192.168.99.11 --dport 80 -j REJECT',
      'KUBE-EXTERNAL-SERVICES -m tcp -p tcp -d 1.2.3.4 --dport 80 -j REJECT',
      'KUBE-EXTERNAL-SERVICES -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 3001 -j REJECT',
    ])
  })

  it('drop what has to stay on the node, where the node has no endpoint', () => {
    const local = service(1, { spec: { internalTrafficPolicy: 'Local' } })
    expect(rulesFor([local], [slice(1, ['10.180.0.1'])])).toContain(
      'KUBE-SERVICES -m comment --comment "ns1/svc1:p80 has no local endpoints" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j DROP',
    )
    const here = rulesFor([local], [slice(1, ['10.180.0.1', '10.180.0.2'], ['10.180.0.2'])])
    expect(here.filter((rule) => rule.includes('-j DNAT'))).toEqual([
      expect.stringMatching(/--to-destination 10\.180\.0\.2:80$/),
    ])
    expect(here.join('\n')).toContain('-j KUBE-SVL-XPGD46QRK7WJZT7O')
  })

  it('give endpoints even chances', () => {
    const chances = rulesFor([service(1, { spec: {} })], [slice(1, ['10.0.0.1', '10.0.0.2', '10.0.0.3'])])
      .filter((rule) => rule.startsWith('KUBE-SVC-') && rule.includes(' -> '))
      .map((rule) => /--probability (\S+)/.exec(rule)?.[1])
    expect(chances).toEqual(['0.3333333333', '0.5000000000', undefined])
  })

  it('fall back to endpoints that end but still serve, when no other is ready', () => {
    const ending = { ready: false, serving: true, terminating: true }
    const [ready] = [slice(1, ['10.0.0.1'])]
    const dying = slice(1, [])
    dying.endpoints = [{ addresses: ['10.0.0.9'], conditions: ending }]
    const targets = (all: readonly V1EndpointSlice[]): readonly string[] =>
      rulesFor([service(1, { spec: {} })], all).flatMap((rule) => /--to-destination (\S+)/.exec(rule)?.[1] ?? [])
    expect(targets([ready, dying])).toEqual(['10.0.0.1:80'])
    expect(targets([dying])).toEqual(['10.0.0.9:80'])
    const dead = slice(1, [])
    dead.endpoints = [{ addresses: ['10.0.0.9'], conditions: { ...ending, serving: false } }]
    expect(targets([dead])).toEqual([])
  })

  it('leave out headless services, external names and those of other proxies', () => {
    const foreign = service(3, { spec: {} })
    foreign.metadata = { name: 'svc3', namespace: 'ns3', labels: { 'service.kubernetes.io/service-proxy-name': 'x' } }
    const none: readonly V1Service[] = [
      service(1, { spec: { clusterIP: 'None' } }),
      service(2, { spec: { type: 'ExternalName', externalName: 'example.com' } }),
      foreign,
    ]
    expect(rulesFor(none, slices)).toEqual(rulesFor([], []))
  })

  it('are of the family of the addresses', () => {
    const dual = service(1, { spec: { clusterIPs: ['172.30.0.41', 'fd00:172:30::41'] } })
    const six = slice(1, ['fd00:10:180::1'])
    six.addressType = 'IPv6'
    const { nat } = renderTables({ services: [dual], slices: [slice(1, ['10.180.0.1']), six] }, 6, {
      ...options,
      clusterCidr: 'fd00:10::/32',
    })
    const text = [...nat.values()].flat().join('\n')
    expect(text).toContain('-d fd00:172:30::41 --dport 80')
    expect(text).toContain('--to-destination [fd00:10:180::1]:80')
    expect(text).toContain('! -d ::1/128 -j KUBE-NODEPORTS')
    expect(text).not.toContain('10.180')
  })

  it('masquerade everything when told to, and by nothing when pods are not known', () => {
    const marks = (changes: Partial<ProxyOptions>): number =>
      rulesFor([service(1, { spec: {} })], [slice(1, ['10.180.0.1'])], changes).filter((rule) =>
        /^KUBE-SVC-.*-j KUBE-MARK-MASQ$/.test(rule),
      ).length
    expect(marks({ masqueradeAll: true })).toBe(1)
    const { clusterCidr: _, ...unknown } = options
    expect(
      renderTables({ services: [service(1, { spec: {} })], slices: [slice(1, ['10.180.0.1'])] }, 4, unknown)
        .nat.get('KUBE-SVC-XPGD46QRK7WJZT7O')
        ?.filter((rule) => rule.includes('KUBE-MARK-MASQ')),
    ).toEqual([])
  })

  it.each([
    [{ clusterIP: '172.30.0.300' }, 'Service ns1/svc1: spec.clusterIPs: expected an IP address, found "172.30.0.300"'],
    [{ ports: [{ port: 0 }] }, 'Service ns1/svc1: spec.ports[0].port: expected a number from 1 to 65535, found 0'],
    [
      { ports: [{ port: 80, protocol: 'ICMP' }] },
      'Service ns1/svc1: spec.ports[0].protocol: expected TCP, UDP or SCTP, found "ICMP"',
    ],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 70_000 }] },
      'Service ns1/svc1: spec.ports[0].nodePort: expected a number from 1 to 65535, found 70000',
    ],
  ])('are not made of a service with %j', (spec, message) => {
    expect(() => rulesFor([service(1, { spec })], [])).toThrow(message)
  })
})
