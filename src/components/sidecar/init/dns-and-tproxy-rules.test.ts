import { describe, expect, it } from 'vitest'
import type { PodFacts } from './build-rules.ts'
import { chainLines, noServers, rulesOf, tableLines } from './init-rules.test-helper.ts'

const dualStack: PodFacts = { ...noServers, hasIpv6: true }
const withServers: PodFacts = { hasIpv6: true, dnsServers: { 4: ['127.0.0.53'], 6: ['::127.0.0.53'] } }

describe('DNS', () => {
  const owned = (owner: string): string[] => [
    `-A ISTIO_OUTPUT_DNS -p udp --dport 53 -m owner ${owner} -j CT --zone 1`,
    `-A ISTIO_OUTPUT_DNS -p udp --sport 15053 -m owner ${owner} -j CT --zone 2`,
  ]

  it('goes to the agent, with conntrack zones for each owner and server', () => {
    const rules = rulesOf(['--redirect-dns', '-u', '3,4', '-g', '1'], withServers)
    for (const [family, server] of [
      [4, '127.0.0.53/32'],
      [6, '::127.0.0.53/128'],
    ] as const) {
      expect(chainLines(rules, 'nat', 'ISTIO_OUTPUT_DNS', family)).toEqual([
        `-A ISTIO_OUTPUT_DNS -p tcp --dport 53 -d ${server} -j REDIRECT --to-ports 15053`,
        `-A ISTIO_OUTPUT_DNS -p udp --dport 53 -d ${server} -j REDIRECT --to-port 15053`,
      ])
      expect(tableLines(rules, 'raw', family)).toEqual([
        '-N ISTIO_OUTPUT_DNS',
        '-N ISTIO_INBOUND',
        '-A OUTPUT -j ISTIO_OUTPUT_DNS',
        ...['--uid-owner 3', '--uid-owner 4', '--gid-owner 1'].flatMap(owned),
        '-A PREROUTING -j ISTIO_INBOUND',
        `-A ISTIO_OUTPUT_DNS -p udp --dport 53 -d ${server} -j CT --zone 2`,
        `-A ISTIO_INBOUND -p udp --sport 53 -s ${server} -j CT --zone 1`,
      ])
    }
  })

  it('is spared where the proxy asks, and the tunnel with it for users but not for groups', () => {
    const lines = chainLines(rulesOf(['--redirect-dns'], withServers), 'nat', 'ISTIO_OUTPUT')
    const lo = '-A ISTIO_OUTPUT -o lo'
    expect(lines.slice(1, 7)).toEqual([
      `${lo} ! -d 127.0.0.1/32 -p tcp -m multiport ! --dports 53,15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT`,
      `${lo} -p tcp ! --dport 53 -m owner ! --uid-owner 1337 -j RETURN`,
      '-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN',
      `${lo} ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT`,
      `${lo} -p tcp ! --dport 53 -m owner ! --gid-owner 1337 -j RETURN`,
      '-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN',
    ])
    expect(lines.slice(7, 9)).toEqual([
      '-A ISTIO_OUTPUT -j ISTIO_OUTPUT_DNS',
      '-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN',
    ])
  })

  it('of a family without servers keeps its zones of owners, and no redirect', () => {
    const rules = rulesOf(['--redirect-dns'], { hasIpv6: true, dnsServers: { 4: ['10.96.0.10'], 6: [] } })
    expect(tableLines(rules, 'raw', 6)).toEqual([
      '-N ISTIO_OUTPUT_DNS',
      '-A OUTPUT -j ISTIO_OUTPUT_DNS',
      ...owned('--uid-owner 1337'),
      ...owned('--gid-owner 1337'),
    ])
    expect(tableLines(rules, 'nat', 6).join('\n')).not.toContain('ISTIO_OUTPUT_DNS')
  })

  it('can be captured wherever it goes', () => {
    const rules = rulesOf(['--redirect-dns', '--capture-all-dns'], dualStack)
    for (const family of [4, 6] as const) {
      expect(chainLines(rules, 'nat', 'ISTIO_OUTPUT_DNS', family)).toEqual([
        '-A ISTIO_OUTPUT_DNS -p tcp --dport 53 -j REDIRECT --to-ports 15053',
        '-A ISTIO_OUTPUT_DNS -p udp --dport 53 -j REDIRECT --to-port 15053',
      ])
      expect(tableLines(rules, 'raw', family).slice(-3)).toEqual([
        '-A PREROUTING -j ISTIO_INBOUND',
        '-A ISTIO_OUTPUT_DNS -p udp --dport 53 -j CT --zone 2',
        '-A ISTIO_INBOUND -p udp --sport 53 -j CT --zone 1',
      ])
    }
  })

  it('is not captured without a server, with a warning, and the other rules are those without it', () => {
    const rules = rulesOf(['--redirect-dns'], dualStack)
    expect(rules[4]).toEqual(rulesOf([], dualStack)[4])
    expect(rules.warnings).toEqual([expect.stringContaining('DNS is not captured')])
    expect(rulesOf(['--redirect-dns'], withServers).warnings).toEqual([])
  })
})

describe('TPROXY', () => {
  const marks = (loopback: string): string[] => [
    '-A OUTPUT -p tcp -o lo -m mark --mark 1337 -j RETURN',
    `-A OUTPUT ! -d ${loopback} -p tcp -o lo -m owner --uid-owner 1337 -j MARK --set-mark 1338`,
    `-A OUTPUT ! -d ${loopback} -p tcp -o lo -m owner --gid-owner 1337 -j MARK --set-mark 1338`,
    '-A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark',
  ]
  const inserted = (source: string): string[] => [
    '-I ISTIO_INBOUND 1 -p tcp -m mark --mark 1337 -j RETURN',
    `-I ISTIO_INBOUND 2 -p tcp -s ${source} -i lo -j RETURN`,
    '-I ISTIO_INBOUND 3 -p tcp -i lo -m mark ! --mark 1338 -j RETURN',
  ]

  it('takes what comes in in mangle, and marks what the proxy sends', () => {
    const rules = rulesOf(['-m', 'TPROXY', '-b', '*', '-d', '15021'], dualStack)
    for (const [family, loopback, source] of [
      [4, '127.0.0.1/32', '127.0.0.6/32'],
      [6, '::1/128', '::6/128'],
    ] as const) {
      expect(tableLines(rules, 'mangle', family)).toEqual([
        '-N ISTIO_DIVERT',
        '-N ISTIO_TPROXY',
        '-N ISTIO_INBOUND',
        '-A ISTIO_DIVERT -j MARK --set-mark 1337',
        '-A ISTIO_DIVERT -j ACCEPT',
        `-A ISTIO_TPROXY ! -d ${loopback} -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006`,
        '-A PREROUTING -p tcp -j ISTIO_INBOUND',
        '-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN',
        '-A ISTIO_INBOUND -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT',
        '-A ISTIO_INBOUND -p tcp -j ISTIO_TPROXY',
        '-A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark',
        ...marks(loopback),
        ...inserted(source),
      ])
      expect(chainLines(rules, 'nat', 'PREROUTING', family)).toEqual([])
    }
  })

  it('takes listed ports one by one', () => {
    const rules = rulesOf(['-m', 'TPROXY', '-b', '32000,31000', '-t', '7', '-r', '8'])
    expect(chainLines(rules, 'mangle', 'ISTIO_INBOUND').slice(0, 4)).toEqual([
      '-A ISTIO_INBOUND -p tcp --dport 32000 -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT',
      '-A ISTIO_INBOUND -p tcp --dport 32000 -j ISTIO_TPROXY',
      '-A ISTIO_INBOUND -p tcp --dport 31000 -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT',
      '-A ISTIO_INBOUND -p tcp --dport 31000 -j ISTIO_TPROXY',
    ])
    expect(chainLines(rules, 'mangle', 'ISTIO_DIVERT')[0]).toBe('-A ISTIO_DIVERT -j MARK --set-mark 7')
  })

  it('without ports to capture only marks', () => {
    expect(tableLines(rulesOf(['-m', 'TPROXY']), 'mangle')).toEqual([
      '-N ISTIO_INBOUND',
      '-A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark',
      ...marks('127.0.0.1/32'),
      ...inserted('127.0.0.6/32'),
    ])
  })
})
