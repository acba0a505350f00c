import { describe, expect, it } from 'vitest'
import { parseCidr } from '../../../helpers/cidr.ts'
import { loadProfile } from '../../cluster/load-profile.ts'
import { moveToSubnets } from './choose-subnets.ts'
import { nodeNetworkArguments, outsideNetworkArguments } from './networks.ts'
import { planMachines, routesOfNode, routesToPods } from './plan-machines.ts'

const masquerade = moveToSubnets(loadProfile('masquerade'), loadProfile('masquerade').nodeSubnets.map(parseCidr))
const plan = planMachines(masquerade, 'c')
const lines = (commands: readonly (readonly string[])[]): readonly string[] => commands.map((argv) => argv.join(' '))
const setUpOf = (name: string): readonly string[] =>
  lines(plan.machines.find((machine) => machine.name === name)?.setUp ?? [])

describe('planMachines', () => {
  it('puts outsiders on the network of the nodes, at their addresses, with no way beyond', () => {
    expect(plan.machines[0]).toMatchObject({
      name: 'neighbour',
      kind: 'outsider',
      container: 'c.neighbour',
      network: 'nodes',
    })
    expect(plan.machines[0]?.fixedAddresses).toEqual(['172.18.0.50', 'fc00:f853:ccd:e793::50'])
    expect(setUpOf('neighbour')).toEqual(['ip -4 route flush default', 'ip -6 route flush default'])
  })

  it('gives external hosts their own addresses in the place of those of Docker, and the routes of the profile', () => {
    expect(setUpOf('internet').slice(2)).toEqual([
      'ip address flush dev eth0 scope global',
      'ip address add 203.0.113.10/24 dev eth0',
      'ip address add 2001:db8:203::10/64 dev eth0 nodad',
      'ip route add 172.18.0.0/16 via 203.0.113.1 dev eth0',
      'ip route add fc00:f853:ccd:e793::/64 via 2001:db8:203::1 dev eth0',
    ])
  })

  it('gives the router the first address of each node subnet, and a gateway on the network of each external host', () => {
    expect(plan.router?.addresses).toEqual(['172.18.0.1', 'fc00:f853:ccd:e793::1'])
    const setUp = lines(plan.router?.setUp ?? [])
    expect(setUp).toContain('ip address add 203.0.113.1/24 dev eth1')
    expect(setUp).toContain('ip address add 169.254.169.1/24 dev eth1')
  })

  it('leads to hosts that are alone on their network by a link-local gateway', () => {
    const overlap = planMachines(loadProfile('address-overlap'), 'c')
    const business = lines(overlap.machines.find(({ name }) => name === 'business')?.setUp ?? [])
    expect(business.filter((line) => line.includes('route add'))).toEqual([
      'ip route add 169.254.1.1/32 dev eth0',
      'ip route add 10.0.0.0/16 via 169.254.1.1 dev eth0',
      'ip route add 203.0.113.0/24 via 169.254.1.1 dev eth0',
    ])
    expect(lines(overlap.router?.setUp ?? [])).toContain('ip route replace 192.168.0.10/32 dev eth1')
  })

  it('makes no router when there is nothing to route to', () => {
    expect(planMachines({ ...masquerade, externalHosts: [] }, 'c').router).toBeUndefined()
  })
})

describe('routes', () => {
  const nodes = [
    { name: 'c-control-plane', addresses: ['172.18.0.3'], podCidrs: ['10.244.0.0/24'] },
    {
      name: 'c-worker',
      addresses: ['172.18.0.4', 'fc00:f853:ccd:e793::4'],
      podCidrs: ['10.244.1.0/24', 'fd00:10:244:1::/64'],
    },
  ]
  const withCni = (cni: 'default' | 'calico') => ({ ...masquerade, kind: { ...masquerade.kind, cni } })

  it('of the router lead to the pods of each node, in the families that the node has', () => {
    expect(lines(routesToPods(withCni('default'), nodes))).toEqual([
      'ip route replace 10.244.0.0/24 via 172.18.0.3 dev eth0',
      'ip route replace 10.244.1.0/24 via 172.18.0.4 dev eth0',
      'ip route replace fd00:10:244:1::/64 via fc00:f853:ccd:e793::4 dev eth0',
    ])
  })

  it('of the router lead by way of one node where the plugin distributes the pods', () => {
    expect(lines(routesToPods(withCni('calico'), nodes))).toEqual([
      'ip route replace 10.244.0.0/16 via 172.18.0.4 dev eth0',
      'ip route replace fd00:10:244::/56 via fc00:f853:ccd:e793::4 dev eth0',
    ])
  })

  it('of the router leave the pods out where the profile says that it does not know them', () => {
    expect(routesToPods({ ...masquerade, routerKnowsPods: false }, nodes)).toEqual([])
  })

  it('of a node lead to the router and nowhere else', () => {
    expect(plan.router && lines(routesOfNode(plan.router))).toEqual([
      'ip -4 route replace default via 172.18.0.1 dev eth0',
      'ip -6 route replace default via fc00:f853:ccd:e793::1 dev eth0',
    ])
  })
})

describe('the Docker networks', () => {
  it('leave the first address to the router', () => {
    const argv = nodeNetworkArguments('c', ['172.18.0.0/16', 'fd00:1::/64'].map(parseCidr), {
      'packetproof.cluster': 'c',
    })
    expect(argv.join(' ')).toBe(
      'network create --driver bridge --opt com.docker.network.bridge.enable_ip_masquerade=true --label packetproof.cluster=c --ipv6 --subnet 172.18.0.0/16 --gateway 172.18.255.254 --subnet fd00:1::/64 --gateway fd00:1::fffe c',
    )
  })

  it('end at this machine for what is outside', () => {
    const argv = outsideNetworkArguments('c.outside', {}).join(' ')
    expect(argv).toContain('enable_ip_masquerade=false')
    expect(argv).toContain('inhibit_ipv4=true')
  })
})
