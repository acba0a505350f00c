import { describe, expect, it } from 'vitest'
import type { PodFacts } from './build-rules.ts'
import { chainLines, noServers, rulesOf, tableLines } from './init-rules.test-helper.ts'
import { renderRemoval, renderRestore } from './rule-builder.ts'

const dualStack: PodFacts = { ...noServers, hasIpv6: true }
const withServers: PodFacts = { hasIpv6: true, dnsServers: { 4: ['127.0.0.53'], 6: ['::127.0.0.53'] } }

/** What every flag adds to; `N` is the loopback CIDR. */
const outputChain = (loopback: string, source: string): string[] => [
  `-A ISTIO_OUTPUT -o lo -s ${source} -j RETURN`,
  `-A ISTIO_OUTPUT -o lo ! -d ${loopback} -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT`,
  '-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN',
  '-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN',
  `-A ISTIO_OUTPUT -o lo ! -d ${loopback} -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT`,
  '-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN',
  '-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN',
  `-A ISTIO_OUTPUT -d ${loopback} -j RETURN`,
]
const output4 = outputChain('127.0.0.1/32', '127.0.0.6/32')
const output6 = outputChain('::1/128', '::6/128')

describe('rules without flags', () => {
  it('capture nothing but what the proxy sends to its own pod', () => {
    expect(renderRestore(rulesOf([])[4])).toBe(
      `${[
        '* nat',
        '-N ISTIO_INBOUND',
        '-N ISTIO_REDIRECT',
        '-N ISTIO_IN_REDIRECT',
        '-N ISTIO_OUTPUT',
        '-A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN',
        '-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001',
        '-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006',
        '-A OUTPUT -j ISTIO_OUTPUT',
        ...output4,
        'COMMIT',
      ].join('\n')}\n`,
    )
    expect(rulesOf([])[6]).toEqual([])
  })

  it('are doubled in a pod with IPv6', () => {
    const rules = rulesOf([], dualStack)
    expect(chainLines(rules, 'nat', 'ISTIO_OUTPUT', 4)).toEqual(output4)
    expect(chainLines(rules, 'nat', 'ISTIO_OUTPUT', 6)).toEqual(output6)
  })
})

it('with the flags of an injected pod, capture all but the ports of the management', () => {
  const argv = '-p 15001 -z 15006 -u 1337 -m REDIRECT -i * -b * -d 15090,15021,15020'.split(' ')
  const rules = rulesOf([...argv, '-x', ''])
  expect(
    tableLines(rules, 'nat').filter((line) => line.includes('PREROUTING') || line.includes('-A ISTIO_INBOUND')),
  ).toEqual([
    '-A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN',
    '-A PREROUTING -p tcp -j ISTIO_INBOUND',
    '-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN',
    '-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN',
    '-A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN',
    '-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT',
  ])
  expect(chainLines(rules, 'nat', 'ISTIO_OUTPUT')).toEqual([...output4, '-A ISTIO_OUTPUT -j ISTIO_REDIRECT'])
})

describe('incoming ports', () => {
  it('are redirected one by one when they are listed, and exclusions then do not count', () => {
    const rules = rulesOf(['-b', '4000,5000', '-d', '6000,7000,'], dualStack)
    for (const family of [4, 6] as const) {
      expect(chainLines(rules, 'nat', 'ISTIO_INBOUND', family)).toEqual([
        '-A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN',
        '-A ISTIO_INBOUND -p tcp --dport 4000 -j ISTIO_IN_REDIRECT',
        '-A ISTIO_INBOUND -p tcp --dport 5000 -j ISTIO_IN_REDIRECT',
      ])
      expect(chainLines(rules, 'nat', 'PREROUTING', family)).toEqual(['-A PREROUTING -p tcp -j ISTIO_INBOUND'])
    }
  })

  it('take ranges as iptables does, and other target ports', () => {
    const rules = rulesOf(['-b', '*', '-d', '8000:8010', '-p', '25001', '-z', '25006', '-e', '25008'])
    const lines = tableLines(rules, 'nat')
    expect(lines).toContain('-A ISTIO_INBOUND -p tcp --dport 8000:8010 -j RETURN')
    expect(lines).toContain('-A ISTIO_INBOUND -p tcp --dport 25008 -j RETURN')
    expect(lines).toContain('-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 25001')
    expect(lines).toContain('-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 25006')
    expect(lines.filter((line) => line.includes('! --dport 25008'))).toHaveLength(2)
  })
})

describe('destinations', () => {
  it('are excluded first, then captured by port, then by address, each in its family', () => {
    const argv = ['-x', '1.1.0.0/16,2001:db8::/32', '-q', '32000,31000', '-i', '9.9.0.0/16,2001:db8:1::/48']
    const rules = rulesOf(argv, dualStack)
    const ports = [32_000, 31_000].map((port) => `-A ISTIO_OUTPUT -p tcp --dport ${port} -j ISTIO_REDIRECT`)
    expect(chainLines(rules, 'nat', 'ISTIO_OUTPUT', 4)).toEqual([
      ...output4,
      '-A ISTIO_OUTPUT -d 1.1.0.0/16 -j RETURN',
      ...ports,
      '-A ISTIO_OUTPUT -d 9.9.0.0/16 -j ISTIO_REDIRECT',
    ])
    expect(chainLines(rules, 'nat', 'ISTIO_OUTPUT', 6)).toEqual([
      ...output6,
      '-A ISTIO_OUTPUT -d 2001:db8::/32 -j RETURN',
      ...ports,
      '-A ISTIO_OUTPUT -d 2001:db8:1::/48 -j ISTIO_REDIRECT',
    ])
  })

  it('of the other family are passed over where the pod has none', () => {
    expect(chainLines(rulesOf(['-i', '2001:db8::/32']), 'nat', 'ISTIO_OUTPUT')).toEqual(output4)
  })

  it('by excluded port come before all else, TCP and UDP', () => {
    expect(chainLines(rulesOf(['-o', '22,80']), 'nat', 'ISTIO_OUTPUT').slice(0, 5)).toEqual([
      '-A ISTIO_OUTPUT -p tcp --dport 22 -j RETURN',
      '-A ISTIO_OUTPUT -p udp --dport 22 -j RETURN',
      '-A ISTIO_OUTPUT -p tcp --dport 80 -j RETURN',
      '-A ISTIO_OUTPUT -p udp --dport 80 -j RETURN',
      output4[0],
    ])
  })

  it('on loopback that are asked for are no longer let through as the traffic of apps', () => {
    const lines = chainLines(rulesOf(['-i', '127.1.2.3/32']), 'nat', 'ISTIO_OUTPUT')
    expect(lines).toEqual([
      ...output4.filter((line) => !line.includes('-o lo -m owner !')),
      '-A ISTIO_OUTPUT -d 127.1.2.3/32 -j ISTIO_REDIRECT',
    ])
  })

  it('keep their host bits, and IPv6 is shortened', () => {
    const lines = chainLines(rulesOf(['-i', '10.1.2.3/8,2001:0db8:0::1/64'], dualStack), 'nat', 'ISTIO_OUTPUT', 6)
    expect(lines.at(-1)).toBe('-A ISTIO_OUTPUT -d 2001:db8::1/64 -j ISTIO_REDIRECT')
    expect(chainLines(rulesOf(['-i', '10.1.2.3/8']), 'nat', 'ISTIO_OUTPUT').at(-1)).toContain('-d 10.1.2.3/8 ')
  })
})

describe('interfaces', () => {
  it('that are excluded are let through first, in mangle too under TPROXY', () => {
    const both = ['-A PREROUTING -i not-istio-nic -j RETURN', '-A OUTPUT -o not-istio-nic -j RETURN']
    const redirect = rulesOf(['-c', 'not-istio-nic'])
    expect(tableLines(redirect, 'nat').slice(4, 6)).toEqual(both)
    expect(tableLines(redirect, 'mangle')).toEqual([])
    expect(tableLines(rulesOf(['-c', 'not-istio-nic', '-m', 'TPROXY']), 'mangle')).toEqual(expect.arrayContaining(both))
  })

  it('of virtual machines are redirected as outgoing: inserted, so that the last comes first', () => {
    expect(chainLines(rulesOf(['-k', 'eth1,eth2', '-i', '*']), 'nat', 'PREROUTING')).toEqual([
      '-I PREROUTING 1 -i eth1 -j RETURN',
      '-I PREROUTING 1 -i eth2 -j RETURN',
      '-I PREROUTING 1 -i eth1 -j ISTIO_REDIRECT',
      '-I PREROUTING 1 -i eth2 -j ISTIO_REDIRECT',
    ])
    const lines = tableLines(rulesOf(['-k', 'eth1,eth2', '-i', '10.0.0.0/8']), 'nat')
    expect(lines.slice(-3)).toEqual([
      '-I PREROUTING 1 -i eth1 -d 10.0.0.0/8 -j ISTIO_REDIRECT',
      '-I PREROUTING 1 -i eth2 -d 10.0.0.0/8 -j ISTIO_REDIRECT',
      '-A ISTIO_OUTPUT -d 10.0.0.0/8 -j ISTIO_REDIRECT',
    ])
  })
})

describe('owners', () => {
  it('are all of a list, users before groups', () => {
    const owners = chainLines(rulesOf(['-u', '3,4', '-g', '1,2']), 'nat', 'ISTIO_OUTPUT').flatMap(
      (line) => /-m owner (--[ug]id-owner \d) -j RETURN/.exec(line)?.[1] ?? [],
    )
    expect(owners).toEqual(['--uid-owner 3', '--uid-owner 4', '--gid-owner 1', '--gid-owner 2'])
  })

  it('whose group is not among those to capture are let through by one rule', () => {
    const lines = chainLines(rulesOf([], noServers, { ISTIO_OUTBOUND_OWNER_GROUPS: 'java,202' }), 'nat', 'ISTIO_OUTPUT')
    expect(lines.at(-2)).toBe('-A ISTIO_OUTPUT -m owner ! --gid-owner java -m owner ! --gid-owner 202 -j RETURN')
  })

  it('whose group is excluded are let through by a rule each', () => {
    const env = { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '888,ftp' }
    expect(chainLines(rulesOf([], noServers, env), 'nat', 'ISTIO_OUTPUT').slice(-3, -1)).toEqual([
      '-A ISTIO_OUTPUT -m owner --gid-owner 888 -j RETURN',
      '-A ISTIO_OUTPUT -m owner --gid-owner ftp -j RETURN',
    ])
  })

  it('and localhost may be a wider range', () => {
    const env = { ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '127.0.0.1/8' }
    const lines = chainLines(rulesOf([], dualStack, env), 'nat', 'ISTIO_OUTPUT')
    expect(lines).toEqual(outputChain('127.0.0.1/8', '127.0.0.6/32'))
    expect(chainLines(rulesOf([], dualStack, env), 'nat', 'ISTIO_OUTPUT', 6)).toEqual(output6)
  })
})

it('drops what is invalid before anything else', () => {
  expect(tableLines(rulesOf(['--drop-invalid']), 'mangle')).toEqual([
    '-N ISTIO_DROP',
    '-A PREROUTING -m conntrack --ctstate INVALID -j ISTIO_DROP',
    '-A ISTIO_DROP -j DROP',
  ])
})

it('puts tables in the order of their names, IPv4 and IPv6 apart', () => {
  const rules = rulesOf(['--redirect-dns', '--drop-invalid'], withServers)
  expect(renderRestore(rules[4]).match(/^\* .*/gm)).toEqual(['* mangle', '* nat', '* raw'])
  expect(renderRestore(rules[6]).match(/^\* .*/gm)).toEqual(['* mangle', '* nat', '* raw'])
})

it('can be taken away again: jumps first, then chains', () => {
  expect(renderRemoval(rulesOf(['-b', '*', '-c', 'eth1'])[4])).toBe(
    `${[
      '* nat',
      '-D OUTPUT -j ISTIO_OUTPUT',
      '-D PREROUTING -p tcp -j ISTIO_INBOUND',
      '-D OUTPUT -o eth1 -j RETURN',
      '-D PREROUTING -i eth1 -j RETURN',
      ...['F', 'X'].flatMap((verb) =>
        ['INBOUND', 'REDIRECT', 'IN_REDIRECT', 'OUTPUT'].map((name) => `-${verb} ISTIO_${name}`),
      ),
      'COMMIT',
    ].join('\n')}\n`,
  )
})
