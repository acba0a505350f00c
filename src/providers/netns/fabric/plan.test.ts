import { describe, expect, it } from 'vitest'
import { profileSchema } from '../../../cluster/profile.ts'
import { planNetwork } from './plan.ts'

function plan(changes: Record<string, unknown> = {}): ReturnType<typeof planNetwork> {
  return planNetwork(
    profileSchema.parse({
      name: 'p',
      description: '',
      nodeSubnets: ['172.18.0.0/24'],
      podCidrs: ['10.244.0.0/16'],
      serviceCidrs: ['10.96.0.0/16'],
      nodes: [{ name: 'one' }, { name: 'two' }],
      ...changes,
    }),
  )
}

describe('planNetwork', () => {
  it('gives the router the first address and members the next free ones', () => {
    const { routerAddresses, nodes, outsiders } = plan({
      nodes: [{ name: 'one' }, { name: 'two', addresses: ['172.18.0.2'] }],
      outsiders: [{ name: 'out' }],
    })
    expect(routerAddresses).toEqual(['172.18.0.1'])
    expect(nodes.map((node) => node.addresses)).toEqual([['172.18.0.3'], ['172.18.0.2']])
    expect(outsiders[0]?.addresses).toEqual(['172.18.0.4'])
  })

  it.each([
    ['10.244.0.0/16', ['10.244.0.0/24', '10.244.1.0/24']],
    ['10.244.0.0/24', ['10.244.0.0/26', '10.244.0.64/26']],
    ['fd00::/48', ['fd00::/64', 'fd00:0:0:1::/64']],
  ])('divides %s among the nodes', (podCidr, parts) => {
    const { nodes } = plan({ podCidrs: [podCidr] })
    expect(nodes.flatMap((node) => node.podCidrs.map((cidr) => cidr.text))).toEqual(parts)
  })

  it('leaves out what another node has been given', () => {
    const { nodes } = plan({ nodes: [{ name: 'one' }, { name: 'two', podCidrs: ['10.244.0.0/23'] }] })
    expect(nodes[0]?.podCidrs[0]?.text).toBe('10.244.2.0/24')
  })

  it('puts the router of an external host at the first address of its network that the host does not have', () => {
    const { externalHosts } = plan({
      externalHosts: [
        { name: 'a', addresses: ['203.0.113.10/24'] },
        { name: 'b', addresses: ['198.51.100.1/24'] },
        { name: 'c', addresses: ['192.0.2.7/32', '2001:db8::1/127'] },
      ],
    })
    expect(externalHosts.map((host) => host.links.map((link) => link.gateway))).toEqual([
      ['203.0.113.1'],
      ['198.51.100.2'],
      ['169.254.1.1', '2001:db8::'],
    ])
  })

  it.each([
    [
      'a node address outside',
      { nodes: [{ name: 'one', addresses: ['10.0.0.1'] }] },
      '10.0.0.1 is not in the node subnets 172.18.0.0/24',
    ],
    [
      'the address of the router',
      { nodes: [{ name: 'one', addresses: ['172.18.0.1'] }] },
      'the address 172.18.0.1 is taken',
    ],
    [
      'an address twice',
      { nodes: [{ name: 'one', addresses: ['172.18.0.9'] }], outsiders: [{ name: 'o', addresses: ['172.18.0.9'] }] },
      '172.18.0.9 is taken',
    ],
    ['a name twice', { outsiders: [{ name: 'one' }] }, 'the name "one" is taken twice'],
    ['the name of the router', { outsiders: [{ name: 'router' }] }, 'the name "router" is taken by the router'],
    ['a name that is none', { outsiders: [{ name: 'A b' }] }, '"A b" is not a host name'],
    [
      'pod CIDRs that overlap',
      {
        nodes: [
          { name: 'one', podCidrs: ['10.244.0.0/24'] },
          { name: 'two', podCidrs: ['10.244.0.128/25'] },
        ],
      },
      '10.244.0.128/25 overlaps 10.244.0.0/24',
    ],
    [
      'a pod CIDR outside',
      { nodes: [{ name: 'one', podCidrs: ['10.0.0.0/24'] }] },
      '10.0.0.0/24 is not inside 10.244.0.0/16',
    ],
    [
      'a subnet too small',
      { nodeSubnets: ['172.18.0.0/30'] },
      'the node subnet 172.18.0.0/30 has no free address left',
    ],
    [
      'a pod CIDR too small',
      { podCidrs: ['10.0.0.0/30'], nodes: [{ name: 'one' }, { name: 'two' }] },
      'no free /30 left',
    ],
    [
      'external networks that overlap',
      {
        externalHosts: [
          { name: 'a', addresses: ['203.0.113.10/24'] },
          { name: 'b', addresses: ['203.0.113.20/25'] },
        ],
      },
      'its network 203.0.113.0/25 overlaps 203.0.113.0/24',
    ],
    [
      'an external address without length',
      { externalHosts: [{ name: 'a', addresses: ['203.0.113.10'] }] },
      '"203.0.113.10" is not an address with its prefix length',
    ],
    [
      'two subnets of one family',
      { nodeSubnets: ['172.18.0.0/24', '172.19.0.0/24'] },
      'at most one CIDR per address family',
    ],
  ])('refuses %s', (_what, changes, message) => {
    expect(() => plan(changes)).toThrow(message)
  })
})
