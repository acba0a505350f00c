import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type ClusterProfile, profileSchema } from '../../cluster/profile.ts'
import { kindConfig } from './kind-config.ts'

function profile(changes: object = {}): ClusterProfile {
  return profileSchema.parse({
    name: 'test',
    description: '',
    nodeSubnets: ['172.30.0.0/24'],
    podCidrs: ['10.30.0.0/16'],
    serviceCidrs: ['10.31.0.0/16'],
    nodes: [
      { name: 'a', role: 'control-plane' },
      { name: 'b', labels: { zone: 'x' } },
    ],
    ...changes,
  })
}

describe('kindConfig', () => {
  it('is what a profile stands for', () => {
    expect(parse(kindConfig(profile(), 6443))).toEqual({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      networking: {
        ipFamily: 'ipv4',
        apiServerAddress: '127.0.0.1',
        apiServerPort: 6443,
        podSubnet: '10.30.0.0/16',
        serviceSubnet: '10.31.0.0/16',
        disableDefaultCNI: false,
        kubeProxyMode: 'iptables',
      },
      nodes: [{ role: 'control-plane' }, { role: 'worker', labels: { zone: 'x' } }],
    })
  })

  it('names IPv4 first in a cluster of both families, as kind wants it', () => {
    const dual = profile({ podCidrs: ['fd00:1::/48', '10.30.0.0/16'], serviceCidrs: ['fd00:2::/112', '10.31.0.0/16'] })
    expect(parse(kindConfig(dual))).toMatchObject({
      networking: {
        ipFamily: 'dual',
        podSubnet: '10.30.0.0/16,fd00:1::/48',
        serviceSubnet: '10.31.0.0/16,fd00:2::/112',
      },
    })
  })

  it.each([
    ['calico', 'iptables', true],
    ['cilium', 'none', true],
    ['default', 'nftables', false],
  ])('leaves the network to %s, and Services to kube-proxy in mode %s', (cni, kubeProxyMode, disableDefaultCNI) => {
    const { networking } = parse(kindConfig(profile({ kind: { cni, kubeProxyMode } }))) as { networking: object }
    expect(networking).toMatchObject({ disableDefaultCNI, kubeProxyMode })
  })

  it('adds a control plane to a profile of workers alone', () => {
    const { nodes } = parse(kindConfig(profile({ nodes: [{ name: 'a' }] }))) as { nodes: unknown }
    expect(nodes).toEqual([{ role: 'control-plane' }, { role: 'worker' }])
  })

  it('knows IPv6 alone', () => {
    const ipv6 = profile({ podCidrs: ['fd00:1::/48'], serviceCidrs: ['fd00:2::/112'] })
    expect(parse(kindConfig(ipv6))).toMatchObject({ networking: { ipFamily: 'ipv6' } })
  })

  it('refuses what kind cannot make, and says where', () => {
    expect(() => kindConfig(profile({ serviceCidrs: ['fd00:2::/112'] }))).toThrow(
      'cluster profile "test", serviceCidrs: expected the same address families as podCidrs (ipv4)',
    )
  })
})
