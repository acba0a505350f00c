import { describe, expect, it } from 'vitest'
import { capabilityArgv } from './capabilities.ts'
import { isMapped } from './users.ts'

describe('capabilityArgv', () => {
  it('changes nothing for a privileged container of root', () => {
    expect(capabilityArgv({ uid: 0, gid: 0, capabilities: 'all' })).toEqual([])
  })

  it('bounds the capabilities to those given', () => {
    const argv = capabilityArgv({ uid: 0, gid: 0, capabilities: ['NET_RAW', 'CHOWN'] })
    expect(argv.slice(1)).toEqual(['--inh-caps', '-all', '--bounding-set', '-all,+net_raw,+chown', '--'])
  })

  it('refuses what is not the name of a capability', () => {
    expect(() => capabilityArgv({ uid: 0, gid: 0, capabilities: ['NET_RAW,+all'] })).toThrow(
      '"NET_RAW,+all" is not a capability',
    )
  })
})

it('finds a user in the ranges of a user namespace', () => {
  const map = '         0       1001          1\n         1     100000      65536\n'
  expect([0, 1, 65_536, 65_537].map((id) => isMapped(map, id))).toEqual([true, true, true, false])
})
