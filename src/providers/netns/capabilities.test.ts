import { describe, expect, it } from 'vitest'
import { allCapabilities } from '../../cluster/capability.ts'
import { loadProfile } from '../../cluster/load-profile.ts'
import { netnsCapabilities } from './capabilities.ts'

const nft = { iptables: 'iptables v1.8.9 (nf_tables)' }

function missing(...args: Parameters<typeof netnsCapabilities>): string[] {
  const capabilities = netnsCapabilities(...args)
  return allCapabilities.filter((name) => capabilities[name] !== 'present')
}

describe('netnsCapabilities', () => {
  it('lacks only what is a component in an embedded cluster', () => {
    expect(missing(loadProfile('masquerade'), nft, true)).toEqual([
      'policy-engine',
      'service-proxy',
      'admission-webhooks',
    ])
  })

  it('goes by the profile', () => {
    const lacking = missing(loadProfile('address-overlap'), nft, true)
    expect(lacking).toContain('outsiders')
    expect(lacking).toContain('ipv6')
    expect(lacking).not.toContain('external-hosts')
  })

  it('goes by the machine', () => {
    const wireguard = 'none: there is no wg'
    const lacking = missing(loadProfile('masquerade'), { iptables: 'iptables v1.8.9 (legacy)', wireguard }, false)
    expect(lacking).toContain('iptables-trace')
    expect(lacking).toContain('tun-device')
    expect(lacking).toContain('wireguard')
  })
})
