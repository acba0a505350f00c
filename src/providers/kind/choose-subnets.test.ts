import { describe, expect, it } from 'vitest'
import { parseCidr } from '../../../helpers/cidr.ts'
import { loadProfile } from '../../cluster/load-profile.ts'
import { profileSchema } from '../../cluster/profile.ts'
import { chooseSubnets, moveToSubnets } from './choose-subnets.ts'

const masquerade = loadProfile('masquerade')
const textOf = (cidrs: readonly { readonly text: string }[]): readonly string[] => cidrs.map(({ text }) => text)

describe('chooseSubnets', () => {
  it('takes what the profile names when nobody has it', () => {
    expect(textOf(chooseSubnets(masquerade, [parseCidr('172.17.0.0/16')]))).toEqual(masquerade.nodeSubnets)
  })

  it('takes the next free place of the same size when another network has it, or a part of it', () => {
    const used = ['172.16.0.0/16', '172.17.0.0/16', '172.18.4.0/24', 'fc00:f853:ccd:e793::/64'].map(parseCidr)
    expect(textOf(chooseSubnets(masquerade, used))).toEqual(['172.19.0.0/16', 'fc00:f853::/64'])
  })

  it('keeps away from the pods and the Services of the profile', () => {
    const profile = profileSchema.parse({
      ...masquerade,
      podCidrs: ['172.16.0.0/14'],
      serviceCidrs: ['172.20.0.0/16'],
      nodes: [{ name: 'a' }],
    })
    expect(textOf(chooseSubnets(profile, [parseCidr('172.18.0.0/16')]))[0]).toBe('172.21.0.0/16')
  })

  it('says who is in the way when there is no place left', () => {
    expect(() => chooseSubnets(masquerade, [parseCidr('172.16.0.0/12')])).toThrow(
      'the node subnet 172.18.0.0/16 is in use by another Docker network, and 172.16.0.0/12 has no free place of its size (in use: 172.16.0.0/12)',
    )
  })
})

describe('moveToSubnets', () => {
  it('keeps everybody in their place within the subnet, and the routes to it', () => {
    const moved = moveToSubnets(masquerade, ['172.21.0.0/16', 'fd00:9::/64'].map(parseCidr))
    expect(moved.nodeSubnets).toEqual(['172.21.0.0/16', 'fd00:9::/64'])
    expect(moved.outsiders[0]?.addresses).toEqual(['172.21.0.50', 'fd00:9::50'])
    expect(moved.externalHosts.find(({ name }) => name === 'internet')?.routes).toEqual([
      '172.21.0.0/16',
      'fd00:9::/64',
    ])
    expect(moved.externalHosts.find(({ name }) => name === 'partner')?.routes).toEqual([
      '172.21.0.0/16',
      '10.244.0.0/16',
    ])
    expect(moved.externalHosts.map(({ addresses }) => addresses)).toEqual(
      masquerade.externalHosts.map(({ addresses }) => addresses),
    )
  })

  it('changes no address when the subnets stay', () => {
    const moved = moveToSubnets(masquerade, masquerade.nodeSubnets.map(parseCidr))
    expect(moved.outsiders).toEqual(masquerade.outsiders)
    expect(moved.externalHosts).toEqual(masquerade.externalHosts)
  })
})
