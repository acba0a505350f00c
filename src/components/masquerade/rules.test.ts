import { describe, expect, it } from 'vitest'
import { defaultMasqConfig } from './config.ts'
import { parsePortRanges, printPortRange, weighPortRanges } from './ports.ts'
import { jumpArguments, type RuleOptions, renderMasqueradeRules } from './rules.ts'

const options: RuleOptions = { chain: 'IP-MASQ-AGENT', randomFully: true, toPorts: [] }
const defaults = defaultMasqConfig({ noMasqAllReservedRanges: false })
const keep = (cidr: string): string =>
  `-A IP-MASQ-AGENT -m comment --comment "ip-masq-agent: local traffic is not subject to MASQUERADE" -d ${cidr} -j RETURN`
const masquerade =
  '-A IP-MASQ-AGENT -m comment --comment "ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE'
const payload = (...rules: readonly string[]): string =>
  ['*nat', ':IP-MASQ-AGENT - [0:0]', ...rules, 'COMMIT', ''].join('\n')

describe('the payload for iptables-restore', () => {
  it('keeps link-local and the three private ranges, and masquerades the rest', () => {
    expect(renderMasqueradeRules(4, defaults, options)).toBe(
      payload(
        ...['169.254.0.0/16', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(keep),
        `${masquerade} --random-fully`,
      ),
    )
  })

  it('masquerades all but link-local when the list is empty or null', () => {
    for (const nonMasqueradeCIDRs of [[], null]) {
      expect(renderMasqueradeRules(4, { ...defaults, nonMasqueradeCIDRs }, { ...options, randomFully: false })).toBe(
        payload(keep('169.254.0.0/16'), masquerade),
      )
    }
  })

  it('puts each CIDR in the payload of its family, in file order, duplicates too', () => {
    const config = { ...defaults, nonMasqueradeCIDRs: ['fc00::/7', '10.244.0.0/16', 'fd00::/8', '10.244.0.0/16'] }
    expect(renderMasqueradeRules(4, config, options)).toBe(
      payload(...['169.254.0.0/16', '10.244.0.0/16', '10.244.0.0/16'].map(keep), `${masquerade} --random-fully`),
    )
    expect(renderMasqueradeRules(6, config, options)).toBe(
      payload(...['fe80::/10', 'fc00::/7', 'fd00::/8'].map(keep), `${masquerade} --random-fully`),
    )
  })

  it('leaves the link-local rule out of the family that is told to', () => {
    const config = { ...defaults, nonMasqueradeCIDRs: [], masqLinkLocal: true }
    expect(renderMasqueradeRules(4, config, options)).not.toContain('169.254')
    expect(renderMasqueradeRules(6, config, options)).toContain('fe80::/10')
    expect(renderMasqueradeRules(6, { ...config, masqLinkLocalIPv6: true }, options)).not.toContain('fe80')
  })

  it('names another chain everywhere', () => {
    const text = renderMasqueradeRules(4, defaults, { ...options, chain: 'IP-MASQ' })
    expect(text).toContain(':IP-MASQ - [0:0]\n-A IP-MASQ -m comment')
    expect(text).not.toContain('IP-MASQ-AGENT')
    expect(jumpArguments('IP-MASQ')).toEqual([
      '-m',
      'comment',
      '--comment',
      'ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom IP-MASQ chain',
      '-m',
      'addrtype',
      '!',
      '--dst-type',
      'LOCAL',
      '-j',
      'IP-MASQ',
    ])
  })

  it('puts the rules of --to-ports before the general one, by protocol', () => {
    const config = { ...defaults, nonMasqueradeCIDRs: [], masqLinkLocal: true }
    const toPorts = parsePortRanges('1024-29999,32768-65535')
    const first = '-m statistic --mode random --probability 0.469292562840114 --to-ports 1024-29999'
    expect(renderMasqueradeRules(4, config, { ...options, toPorts })).toBe(
      payload(
        ...['tcp', 'udp', 'sctp'].flatMap((protocol) => [
          `${masquerade} --random-fully -p ${protocol} ${first}`,
          `${masquerade} --random-fully -p ${protocol} --to-ports 32768-65535`,
        ]),
        `${masquerade} --random-fully`,
      ),
    )
  })
})

describe('--to-ports', () => {
  it.each([
    ['1024-29999', [undefined]],
    ['1024-29999,32768-65535', ['0.469292562840114', undefined]],
    ['1024-29999,32768-49151,61000-65535', ['0.5807279140612474', '0.7831739961759082', undefined]],
    ['1024,65535', ['0.5', undefined]],
    ['1,2-65535', ['0.000015259021896696422', undefined]],
  ])('weighs %s', (text, probabilities) => {
    expect(weighPortRanges(parsePortRanges(text)).map(({ probability }) => probability)).toEqual(probabilities)
  })

  it.each([
    ['42-44', '42-44'],
    ['42', '42'],
    ['42-42', '42'],
    ['42-44,80', '42-44,80'],
    ['43,42', '43,42'],
    ['80-88,42-44', '80-88,42-44'],
    ['42-44,42-43', '42-44,42-43'],
    ['+42', '42'],
  ])('reads %s', (text, printed) => {
    expect(parsePortRanges(text).map(printPortRange).join(',')).toBe(printed)
  })

  it.each([
    ['42 - 44', 'strconv.Atoi: parsing "42 ": invalid syntax'],
    ['42-43-44', 'invalid interval "42-43-44"'],
    ['4x', 'strconv.Atoi: parsing "4x": invalid syntax'],
    ['4x-44', 'strconv.Atoi: parsing "4x": invalid syntax'],
    ['42-4x', 'strconv.Atoi: parsing "4x": invalid syntax'],
    ['-44', 'strconv.Atoi: parsing "": invalid syntax'],
    ['42-', 'strconv.Atoi: parsing "": invalid syntax'],
    ['42-41', 'first is greater than last in "42-41"'],
    ['42, 43, 44', 'strconv.Atoi: parsing " 43": invalid syntax'],
    ['42,', 'strconv.Atoi: parsing "": invalid syntax'],
    ['1024-65536', 'port 65536 is out of range, the highest is 65535'],
  ])('refuses %j', (text, message) => {
    expect(() => parsePortRanges(text)).toThrow(expect.objectContaining({ message }) as Error)
  })
})
