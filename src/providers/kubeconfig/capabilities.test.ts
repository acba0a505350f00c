import type { V1DaemonSet, V1Node } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { allCapabilities, type Capability } from '../../cluster/capability.ts'
import { loadProfile } from '../../cluster/load-profile.ts'
import { type ClusterFacts, foreignCapabilities } from './capabilities.ts'

/** control-plane, worker-1, worker-2; nodes in 172.18.0.0/16, pods in 10.244.0.0/16. */
const profile = loadProfile('masquerade')

function node(name: string, address: string, podCidrs: string[], more: Partial<V1Node> = {}): V1Node {
  return {
    metadata: { name },
    spec: { podCIDRs: podCidrs },
    status: {
      addresses: [{ type: 'InternalIP', address }],
      nodeInfo: { containerRuntimeVersion: 'containerd://2.1' } as never,
    },
    ...more,
  }
}

const nodes = [
  node('cp', '172.18.0.2', ['10.244.0.0/24'], {
    metadata: { name: 'cp', labels: { 'node-role.kubernetes.io/control-plane': '' } },
  }),
  node('w', '172.18.0.3', ['10.244.1.0/24']),
  node('w2', '172.18.0.4', ['10.244.2.0/24']),
]
const nat = (...rules: string[]): string =>
  [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':KUBE-POSTROUTING - [0:0]',
    ':CNI - [0:0]',
    ':KIND-MASQ-AGENT - [0:0]',
    ...rules,
    'COMMIT',
    '',
  ].join('\n')
const facts: ClusterFacts = {
  nodes,
  daemonSets: [],
  apiGroups: ['apps', 'admissionregistration.k8s.io'],
  node: {
    natRules: nat('-A KUBE-POSTROUTING -j MASQUERADE --random-fully'),
    interfaces: ['lo', 'eth0'],
    iptablesVersion: 'iptables v1.8.9 (nf_tables)',
    hasXtablesMonitor: true,
    hasTunDevice: true,
    hasWireguard: true,
    hasWgTool: true,
  },
}
const daemonSet = (name: string): V1DaemonSet => ({ metadata: { name, namespace: 'kube-system' } })

/** What it lacks beyond what every borrowed cluster does. */
function lacks(
  more: Partial<Omit<ClusterFacts, 'node'>> & { node?: Partial<ClusterFacts['node']> } = {},
): Partial<Record<Capability, string>> {
  const found = foreignCapabilities(profile, { ...facts, ...more, node: { ...facts.node, ...more.node } })
  const usual = new Set(['outsiders', 'external-hosts', 'second-cluster', 'no-foreign-rules', 'host-images'])
  return Object.fromEntries(
    allCapabilities.flatMap((name) => {
      const state = found[name]
      return state === 'present' || usual.has(name) ? [] : [[name, state.reason]]
    }),
  )
}

describe('foreignCapabilities', () => {
  it('has what its API and nodes show', () => {
    expect(Object.keys(lacks())).toEqual(['fixed-pod-addresses', 'ipv6', 'policy-engine', 'service-proxy'])
    expect(Object.keys(lacks({ daemonSets: [daemonSet('kube-proxy'), daemonSet('calico-node')] }))).toEqual([
      'fixed-pod-addresses',
      'ipv6',
      'no-policy-engine',
    ])
  })

  it('knows a masquerade that is not the component’s by its rule, and lets pass what is harmless or can be set aside', () => {
    expect(
      lacks({ node: { natRules: nat('-A CNI ! -d 224.0.0.0/4 -j MASQUERADE') } })['no-foreign-masquerade'],
    ).toContain('-A CNI ! -d 224.0.0.0/4 -j MASQUERADE')
    expect(
      lacks({ node: { natRules: nat('-A POSTROUTING -s 10.244.0.0/16 -j SNAT --to-source 1.2.3.4') } }),
    ).toHaveProperty('no-foreign-masquerade')
    expect(lacks({ node: { natRules: nat('-A KIND-MASQ-AGENT -j MASQUERADE') } })).not.toHaveProperty(
      'no-foreign-masquerade',
    )
    expect(lacks({ node: { natRules: '' } })).not.toHaveProperty('no-foreign-masquerade')
  })

  it('says which node has another address, or another range', () => {
    const strange = [...nodes.slice(0, 2), node('w2', '192.0.2.4', ['10.244.2.0/24'])]
    expect(lacks({ nodes: strange })['profile-addresses']).toBe(
      'the address 192.0.2.4 of w2 is outside 172.18.0.0/16, fc00:f853:ccd:e793::/64',
    )
    const elsewhere = [...nodes.slice(0, 2), node('w2', '172.18.0.4', ['10.42.2.0/24'])]
    expect(lacks({ nodes: elsewhere })['profile-addresses']).toContain('the pod CIDR 10.42.2.0/24 of w2 is outside')
    expect(lacks({ nodes: [...nodes.slice(0, 2), node('w2', '172.18.0.4', [])] })['profile-addresses']).toBe(
      'w2 has no pod CIDR of its own',
    )
    expect(lacks({ node: { interfaces: ['lo', 'ens5'] } })['profile-addresses']).toBe(
      'its nodes have no interface eth0',
    )
  })

  it('counts the nodes', () => {
    expect(lacks({ nodes: [...nodes, node('w3', '172.18.0.5', ['10.244.3.0/24'])] })['profile-nodes']).toBe(
      'there are more: w3',
    )
    expect(lacks({ nodes: nodes.slice(1) })['profile-nodes']).toBe('it does not show its control-plane node')
  })

  it('goes by the programs of the nodes', () => {
    expect(lacks({ node: { iptablesVersion: 'iptables v1.8.9 (legacy)' } })['iptables-trace']).toContain('legacy')
    expect(lacks({ node: { hasXtablesMonitor: false } })['iptables-trace']).toContain('xtables-monitor')
    expect(lacks({ node: { hasTunDevice: false } })).toHaveProperty('tun-device')
    expect(lacks({ node: { hasWireguard: false } })).toHaveProperty('wireguard')
    expect(lacks({ node: { hasWgTool: false } })).toHaveProperty('wireguard')
    expect(lacks({ apiGroups: ['apps'] })).toHaveProperty('admission-webhooks')
  })
})
