import { describe, expect, it } from 'vitest'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import type { NodeState } from './observe.ts'
import { type DesiredNode, planNode } from './plan-node.ts'
import { ownChains, renderMangle } from './rules.ts'
import { renderServiceMarks } from './service-marks.ts'
import { parseWgShow } from './wg-show.ts'

const shown = `interface: cilium_wg0
  public key: OWN=
  private key: (hidden)
  listening port: 51871

peer: B=
  endpoint: 172.18.0.3:51871
  allowed ips: 10.0.1.9/32, fd00:10::9/128
  latest handshake: 1 minute, 3 seconds ago
  transfer: 380 B received, 436 B sent
`
const uplink = { name: 'eth0', kind: undefined, mtu: 1500, flags: ['UP'], addresses: [] }
const tunnel = { name: 'cilium_wg0', kind: 'tun', mtu: 1420, flags: ['NOARP', 'UP'], addresses: [] }
const desired: DesiredNode = {
  families: [4],
  uplink,
  publicKey: 'OWN=',
  peers: [{ node: 'b', publicKey: 'B=', endpoint: '172.18.0.3:51871', allowedIps: ['10.0.1.9/32', 'fd00:10::9/128'] }],
  peerPodCidrs: ['10.0.1.0/24', 'fd00:10:0:1::/64'],
  keepaliveSeconds: 0,
  strict: undefined,
}
// As nft prints it: its own words for priorities and marks, and tabs.
const services = `table ip packetproof-encryption {
\tchain services {
\t\ttype filter hook prerouting priority dstnat + 10; policy accept;
\t\tiifname { "cilium_wg0", "eth0" } return comment "DIGEST"
\t\tct status dnat ip daddr 10.0.1.0/24 meta mark set meta mark & 0xfffffeff | 0x00000e00 comment "DIGEST"
\t}
}
`.replaceAll('DIGEST', /comment "(\w+)"/.exec(renderServiceMarks(4, 'eth0', ['10.0.1.0/24']))?.[1] ?? '')
const strict = { cidrs: ['10.0.0.0/24', '10.0.1.0/24'], localCidrs: ['10.0.0.0/24'] }
const mangleOf = (options: DesiredNode, more = ''): string => {
  const chains = ownChains(4, { uplink: 'eth0', strict: options.strict })
  return renderMangle(chains, chains, { rules: [], chains: [] })
    .replace('COMMIT', `${more}COMMIT`)
    .replaceAll('-I PREROUTING 1', '-A PREROUTING')
    .replaceAll('-I POSTROUTING 1', '-A POSTROUTING')
    .replace('*mangle', '*mangle\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]')
}

function state(
  changes: {
    wg?: string
    mangle?: string
    members?: string[]
    rules?: object[]
    routes?: object[]
    link?: object
    rp?: { all: number; device: number }
    services?: string
  } = {},
): NodeState {
  return {
    links: [uplink, { ...tunnel, ...changes.link }],
    wireguard: parseWgShow(changes.wg ?? shown),
    reversePathFilter: changes.rp ?? { all: 0, device: 0 },
    families: {
      4: {
        members: changes.members ?? ['10.0.1.9'],
        mangle: parseRuleset(changes.mangle ?? mangleOf(desired)),
        rules: (changes.rules ?? [
          { priority: 1, src: 'all', fwmark: '0xe00', fwmask: '0xf00', table: '201' },
        ]) as never,
        serviceMarks: { hasNft: true, listing: changes.services ?? services },
        routes: changes.routes ?? [{ dst: 'default', dev: 'cilium_wg0' }],
      },
    },
  }
}

const commands = (from: NodeState, to: DesiredNode = desired): string[] => {
  const { rules, device } = planNode(from, to)
  return [...rules, ...device].map(({ argv, stdin }) => [argv.join(' '), stdin?.trimEnd()].filter(Boolean).join(' < '))
}

describe('planNode', () => {
  it('has nothing to do where everything is right', () => expect(commands(state())).toEqual([]))

  it('does everything on an empty machine: rules before the device, peers before their marks', () => {
    const serviceMarks = { hasNft: false, listing: undefined }
    const empty = { members: undefined, mangle: parseRuleset('*mangle\nCOMMIT\n'), rules: [], routes: [], serviceMarks }
    const plan = planNode(
      { links: [uplink], wireguard: undefined, reversePathFilter: undefined, families: { 4: empty } },
      { ...desired, strict },
    )
    expect(plan.rules.map(({ why }) => why)).toEqual(['make the set encrypt_pods4', 'write the rules of IPv4'])
    expect(plan.rules[1]?.stdin).toMatchInlineSnapshot(`
      "*mangle
      :ENCRYPT-PODS - [0:0]
      :ENCRYPT-STRICT - [0:0]
      -A ENCRYPT-PODS -i eth0 -j RETURN
      -A ENCRYPT-PODS -i cilium_wg0 -j RETURN
      -A ENCRYPT-PODS -m set --match-set encrypt_pods4 dst -j MARK --set-xmark 0xe00/0xf00
      -A ENCRYPT-STRICT -o cilium_wg0 -j RETURN
      -A ENCRYPT-STRICT -d 10.0.0.0/24 -j RETURN
      -A ENCRYPT-STRICT -s 10.0.0.0/24 -d 10.0.0.0/24 -j DROP
      -A ENCRYPT-STRICT -s 10.0.0.0/24 -d 10.0.1.0/24 -j DROP
      -A ENCRYPT-STRICT -s 10.0.1.0/24 -d 10.0.0.0/24 -j DROP
      -A ENCRYPT-STRICT -s 10.0.1.0/24 -d 10.0.1.0/24 -j DROP
      -I PREROUTING 1 -j ENCRYPT-PODS
      -I POSTROUTING 1 -j ENCRYPT-STRICT
      COMMIT
      "
    `)
    expect(plan.device.map(({ argv }) => argv.join(' '))).toEqual([
      'wg set cilium_wg0 listen-port 51871',
      'sh -c cat | wg set "$0" private-key /dev/stdin cilium_wg0',
      'wg set cilium_wg0 peer B= endpoint 172.18.0.3:51871 persistent-keepalive off allowed-ips 10.0.1.9/32,fd00:10::9/128',
      'ip link set dev cilium_wg0 mtu 1420',
      'sysctl -q -w net.ipv4.conf.cilium_wg0.rp_filter=0',
      'ip link set dev cilium_wg0 up',
      'ip -4 route replace default dev cilium_wg0 table 201',
      'ip -4 rule add priority 1 fwmark 0xe00/0xf00 lookup 201',
      'ipset restore -exist',
    ])
  })

  it.each<[string, NodeState, string[]]>([
    ['the rule is gone', state({ rules: [] }), ['ip -4 rule add priority 1 fwmark 0xe00/0xf00 lookup 201']],
    [
      'the rule has another mask',
      state({ rules: [{ priority: 1, fwmark: '0xe00', fwmask: '0xffff', table: '201' }] }),
      ['ip -4 rule del priority 1 lookup 201', 'ip -4 rule add priority 1 fwmark 0xe00/0xf00 lookup 201'],
    ],
    [
      'the rule is for one interface only',
      state({ rules: [{ priority: 1, fwmark: '0xe00', fwmask: '0xf00', iif: 'eth1', table: '201' }] }),
      ['ip -4 rule del priority 1 lookup 201', 'ip -4 rule add priority 1 fwmark 0xe00/0xf00 lookup 201'],
    ],
    ['the table is empty', state({ routes: [] }), ['ip -4 route replace default dev cilium_wg0 table 201']],
    ['the device is down', state({ link: { flags: [] } }), ['ip link set dev cilium_wg0 up']],
    ['the MTU is another', state({ link: { mtu: 1500 } }), ['ip link set dev cilium_wg0 mtu 1420']],
    [
      'the fwmark is that of the other variant',
      state({ wg: shown.replace('51871\n', '51871\n  fwmark: 0x1e00\n') }),
      ['wg set cilium_wg0 fwmark 0'],
    ],
    ['the port is another', state({ wg: shown.replace('51871\n', '4000\n') }), ['wg set cilium_wg0 listen-port 51871']],
    [
      'the key is another',
      state({ wg: shown.replace('OWN=', 'OTHER=') }),
      ['sh -c cat | wg set "$0" private-key /dev/stdin cilium_wg0'],
    ],
    [
      'the endpoint is another',
      state({ wg: shown.replace('172.18.0.3', '172.18.0.99') }),
      [
        'wg set cilium_wg0 peer B= endpoint 172.18.0.3:51871 persistent-keepalive off allowed-ips 10.0.1.9/32,fd00:10::9/128',
      ],
    ],
    [
      'an allowed IP is missing',
      state({ wg: shown.replace('10.0.1.9/32, ', '') }),
      [
        'wg set cilium_wg0 peer B= endpoint 172.18.0.3:51871 persistent-keepalive off allowed-ips 10.0.1.9/32,fd00:10::9/128',
      ],
    ],
    [
      'there is a stranger among the peers',
      state({ wg: `${shown}\npeer: X=\n  allowed ips: (none)\n` }),
      ['wg set cilium_wg0 peer X= remove'],
    ],
    ['a pod is not marked', state({ members: [] }), ['ipset restore -exist < add encrypt_pods4 10.0.1.9']],
    [
      'a pod is gone',
      state({ members: ['10.0.1.8', '10.0.1.9'] }),
      ['ipset restore -exist < del encrypt_pods4 10.0.1.8'],
    ],
    [
      'the chain is not called',
      state({ mangle: mangleOf(desired).replace('-A PREROUTING -j ENCRYPT-PODS\n', '') }),
      ['iptables-restore -w 5 --noflush < *mangle\n-I PREROUTING 1 -j ENCRYPT-PODS\nCOMMIT'],
    ],
    [
      'the chain is called twice',
      state({ mangle: mangleOf(desired, '-A PREROUTING -j ENCRYPT-PODS\n') }),
      ['iptables-restore -w 5 --noflush < *mangle\n-D PREROUTING -j ENCRYPT-PODS\nCOMMIT'],
    ],
    [
      'the reverse path filter of all is strict',
      state({ rp: { all: 1, device: 0 } }),
      ['sysctl -q -w net.ipv4.conf.cilium_wg0.rp_filter=2'],
    ],
  ])('mends it when %s', (_, broken, expected) => expect(commands(broken)).toEqual(expected))

  it.each([
    ['is gone', ''],
    ['has lost a rule', services.replace(/^.*ct status.*\n/m, '')],
    ['has another rule', services.replace('\t}\n', '\t\tip daddr 10.0.1.9 accept\n\t}\n')],
    ['is for other pods', services.replaceAll(/comment "\w+"/g, 'comment "0123456789abcdef"')],
  ])('writes the marks of Services anew when the table %s', (_, listing) => {
    const [command, ...more] = commands(state({ services: listing }))
    expect(more).toEqual([])
    expect(command).toMatch(/^nft -f - < table ip packetproof-encryption\ndelete table ip packetproof-encryption\n/)
    expect(command).toContain(
      'ct status dnat ip daddr { 10.0.1.0/24 } meta mark set meta mark & 0xfffff0ff | 0x00000e00',
    )
  })

  it('takes them away when there is no peer whose pods they are for', () => {
    expect(commands(state(), { ...desired, peerPodCidrs: [] })).toEqual(['nft delete table ip packetproof-encryption'])
  })

  it('writes a chain anew when somebody put a rule into it', () => {
    const broken = state({ mangle: mangleOf(desired, '-A ENCRYPT-PODS -s 10.0.0.7/32 -j RETURN\n') })
    expect(commands(broken)[0]).toContain(':ENCRYPT-PODS - [0:0]\n-A ENCRYPT-PODS -i eth0 -j RETURN')
  })

  it('takes the strict chain away where strict mode is off', () => {
    const was = state({ mangle: mangleOf({ ...desired, strict }) })
    expect(commands(was)).toEqual([
      'iptables-restore -w 5 --noflush < *mangle\n-D POSTROUTING -j ENCRYPT-STRICT\n-F ENCRYPT-STRICT\n-X ENCRYPT-STRICT\nCOMMIT',
    ])
    expect(commands(was, { ...desired, strict })).toEqual([])
  })

  it('takes an old peer away and a new one in with one command when a node has a new key, and begins the handshake', () => {
    const renewed = { ...desired, peers: desired.peers.map((peer) => ({ ...peer, publicKey: 'NEW=' })) }
    expect(commands(state(), renewed)).toEqual([
      'wg set cilium_wg0 peer B= remove peer NEW= endpoint 172.18.0.3:51871 persistent-keepalive 1 allowed-ips 10.0.1.9/32,fd00:10::9/128',
      'wg set cilium_wg0 peer NEW= persistent-keepalive off',
    ])
  })

  it('refuses an uplink whose MTU leaves no room for IPv6', () => {
    expect(() => planNode(state(), { ...desired, uplink: { ...uplink, mtu: 1300 } })).toThrow('less 80 that is 1220')
  })
})

describe('parseWgShow', () => {
  it('reads what the device and its peers show', () => {
    const odd = `${shown}  persistent keepalive: every 25 seconds\n\npeer: C=\n  allowed ips: (none)\n`
    expect(parseWgShow(odd)).toEqual({
      publicKey: 'OWN=',
      listenPort: 51871,
      fwmark: 0,
      privateKeyHidden: true,
      peers: [
        {
          publicKey: 'B=',
          endpoint: '172.18.0.3:51871',
          allowedIps: ['10.0.1.9/32', 'fd00:10::9/128'],
          latestHandshake: '1 minute, 3 seconds ago',
          persistentKeepalive: 'every 25 seconds',
        },
        {
          publicKey: 'C=',
          endpoint: undefined,
          allowedIps: [],
          latestHandshake: undefined,
          persistentKeepalive: undefined,
        },
      ],
    })
  })
})
