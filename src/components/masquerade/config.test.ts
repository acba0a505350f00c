import { describe, expect, it } from 'vitest'
import { parseMasqConfig, printMasqConfig } from './config.ts'

const ipv4 = { enableIpv6: false, noMasqAllReservedRanges: false }
const dual = { enableIpv6: true, noMasqAllReservedRanges: false }
const seconds = (count: number): bigint => BigInt(count) * 1_000_000_000n
const defaults = {
  nonMasqueradeCIDRs: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  cidrLimit: 64,
  masqLinkLocal: false,
  masqLinkLocalIPv6: false,
  resyncIntervalNs: seconds(60),
}
const notACidr = (text: string): string => `CIDR "${text}" could not be parsed, invalid CIDR address: ${text}`

describe('a configuration that is accepted', () => {
  it.each([
    ['an empty file', '', {}],
    ['a file of comments', '# nothing\n', {}],
    ['null', 'null', {}],
    ['an empty JSON object', '{}', {}],
    [
      'every key, in YAML',
      '\nnonMasqueradeCIDRs:\n  - 172.16.0.0/12\n  - 10.0.0.0/8\ncidrLimit: 64\nmasqLinkLocal: true\nresyncInterval: 5s\n',
      { nonMasqueradeCIDRs: ['172.16.0.0/12', '10.0.0.0/8'], masqLinkLocal: true, resyncIntervalNs: seconds(5) },
    ],
    ['only the list', 'nonMasqueradeCIDRs:\n  - 192.168.0.0/16\n', { nonMasqueradeCIDRs: ['192.168.0.0/16'] }],
    ['only masqLinkLocal', 'masqLinkLocal: true\n', { masqLinkLocal: true }],
    ['only the interval', 'resyncInterval: 5m\n', { resyncIntervalNs: seconds(300) }],
    [
      'every key, in JSON with tabs',
      '\n{\n\t"nonMasqueradeCIDRs": ["172.16.0.0/12", "10.0.0.0/8"],\n\t"masqLinkLocal": true, "resyncInterval": "5s"\n}\n',
      { nonMasqueradeCIDRs: ['172.16.0.0/12', '10.0.0.0/8'], masqLinkLocal: true, resyncIntervalNs: seconds(5) },
    ],
    [
      'keys in any case',
      'NONMASQUERADECIDRS: []\nmasqlinklocalipv6: true',
      { nonMasqueradeCIDRs: [], masqLinkLocalIPv6: true },
    ],
    ['an unknown key', 'resyscInterval: 5s', {}],
    ['a null list', 'nonMasqueradeCIDRs: null', { nonMasqueradeCIDRs: null }],
    ['a key without a value', 'nonMasqueradeCIDRs:', { nonMasqueradeCIDRs: null }],
    ['null for a boolean and a number', 'masqLinkLocal: null\ncidrLimit:', {}],
    [
      'a null entry, which keeps the default in its place',
      'nonMasqueradeCIDRs: [null]',
      { nonMasqueradeCIDRs: ['10.0.0.0/8'] },
    ],
    [
      'duplicates, in file order',
      'nonMasqueradeCIDRs: [10.0.0.0/8, 1.0.0.0/8, 10.0.0.0/8]',
      { nonMasqueradeCIDRs: ['10.0.0.0/8', '1.0.0.0/8', '10.0.0.0/8'] },
    ],
    ['a key twice: the last counts', 'cidrLimit: 1\ncidrLimit: 9', { cidrLimit: 9 }],
    ['a YAML 1.1 boolean', 'masqLinkLocal: yes', { masqLinkLocal: true }],
    [
      'an anchor and an alias',
      'nonMasqueradeCIDRs: [&a 10.0.0.0/8, *a]',
      { nonMasqueradeCIDRs: ['10.0.0.0/8', '10.0.0.0/8'] },
    ],
    [
      'a raised limit',
      `cidrLimit: 65\nnonMasqueradeCIDRs: [${Array.from({ length: 65 }, (_, i) => `10.${i}.0.0/16`).join()}]`,
      { cidrLimit: 65, nonMasqueradeCIDRs: Array.from({ length: 65 }, (_, i) => `10.${i}.0.0/16`) },
    ],
    ['a second YAML document, which is ignored', 'cidrLimit: 9\n---\n*', { cidrLimit: 9 }],
    ['Windows line ends', 'cidrLimit: 9\r\nmasqLinkLocal: true\r\n', { cidrLimit: 9, masqLinkLocal: true }],
  ])('reads %s', async (_title, text, expected) => {
    expect(await parseMasqConfig(text, ipv4)).toEqual({ ...defaults, ...expected })
  })

  it('takes the entries of a merge key, except those that are written out', async () => {
    const text = 'base: &base {cidrLimit: 7, masqLinkLocal: true}\n<<: *base\ncidrLimit: 9'
    expect(await parseMasqConfig(text, ipv4)).toMatchObject({ cidrLimit: 9, masqLinkLocal: true })
  })

  it('refuses aliases that multiply', async () => {
    const levels = Array.from({ length: 20 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1},*a${i - 1}`}]`)
    await expect(parseMasqConfig(levels.join('\n'), ipv4)).rejects.toThrow('yaml: document contains excessive aliasing')
  })

  it('reads IPv6 CIDRs when IPv6 is enabled', async () => {
    const config = await parseMasqConfig('{"nonMasqueradeCIDRs": ["172.16.0.0/12", "fc00::/7"]}', dual)
    expect(config.nonMasqueradeCIDRs).toEqual(['172.16.0.0/12', 'fc00::/7'])
  })

  it('has eleven default ranges with --nomasq-all-reserved-ranges', async () => {
    const { nonMasqueradeCIDRs } = await parseMasqConfig('', { ...ipv4, noMasqAllReservedRanges: true })
    expect(nonMasqueradeCIDRs).toEqual([
      ...defaults.nonMasqueradeCIDRs,
      '100.64.0.0/10',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '240.0.0.0/4',
    ])
  })

  it('is printed as upstream logs it', async () => {
    expect(printMasqConfig(await parseMasqConfig('nonMasqueradeCIDRs: [10.0.0.0/8]\nresyncInterval: 2s', ipv4))).toBe(
      '{"nonMasqueradeCIDRs":["10.0.0.0/8"],"cidrLimit":64,"masqLinkLocal":false,"masqLinkLocalIPv6":false,"resyncInterval":"2s"}',
    )
  })
})

describe('a configuration that is refused', () => {
  const sixtyFive = `nonMasqueradeCIDRs: [${Array.from({ length: 65 }, (_, i) => `10.${i}.0.0/16`).join()}]`
  const field = 'into Go struct field MasqConfig'
  it.each([
    ['*', 'yaml: did not find expected alphabetic or numeric character'],
    ['{*', "invalid character '*' looking for beginning of object key string"],
    ['{', 'unexpected end of JSON input'],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
    ['{"a":[1 2]}', "invalid character '2' after array element"],
    ['{"a":[1,]}', "invalid character ']' looking for beginning of value"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['{"a":truE}', "invalid character 'E' in literal true (expecting 'e')"],
    ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
    ['{"a":"\n"}', "invalid character '\\n' in string literal"],
    ['{"a":"\\q"}', "invalid character 'q' in string escape code"],
    ['{nonMasqueradeCIDRs: []}', "invalid character 'n' looking for beginning of object key string"],
    ['nonMasqueradeCIDRs:\n\t- 10.0.0.0/8', 'yaml: line 2: found character that cannot start any token'],
    ['cidrLimit: 1\n  masqLinkLocal: true', 'yaml: line 2: mapping values are not allowed in this context'],
    ['cidrLimit: @5', 'yaml: line 1: found character that cannot start any token'],
    ['nonMasqueradeCIDRs: *list', "yaml: unknown anchor 'list' referenced"],
    ['nonMasqueradeCIDRs: &list [*list]', "yaml: anchor 'list' value contains itself"],
    ['hello', 'json: cannot unmarshal string into Go value of type main.MasqConfig'],
    ['- 10.0.0.0/8', 'json: cannot unmarshal array into Go value of type main.MasqConfig'],
    ['masqLinkLocal: "true"', `json: cannot unmarshal string ${field}.masqLinkLocal of type bool`],
    ['masqLinkLocalIPv6: 1', `json: cannot unmarshal number ${field}.masqLinkLocalIPv6 of type bool`],
    ['nonMasqueradeCIDRs: 10.0.0.0/8', `json: cannot unmarshal string ${field}.nonMasqueradeCIDRs of type []string`],
    ['nonMasqueradeCIDRs: {a: b}', `json: cannot unmarshal object ${field}.nonMasqueradeCIDRs of type []string`],
    ['nonMasqueradeCIDRs: [10]', `json: cannot unmarshal number ${field}.nonMasqueradeCIDRs of type string`],
    ['cidrLimit: "64"', `json: cannot unmarshal string ${field}.cidrLimit of type int`],
    ['cidrLimit: 1.5', `json: cannot unmarshal number 1.5 ${field}.cidrLimit of type int`],
    ['resyncInterval: 60', 'expected string value for unmarshal to field of type Duration, got "60"'],
    ['resyncInterval: null', 'expected string value for unmarshal to field of type Duration, got "null"'],
    ['resyncInterval: {a: [1]}', 'expected string value for unmarshal to field of type Duration, got "{\\"a\\":[1]}"'],
    ['resyncInterval: "60"', 'time: missing unit in duration "60"'],
    ['resyncInterval: 1:30', 'time: unknown unit ":" in duration "1:30"'],
    ['resyncInterval: 5 s', 'time: unknown unit " s" in duration "5 s"'],
    ['resyncInterval: soon', 'time: invalid duration "soon"'],
    ['resyncInterval: -5s', 'resyncInterval must be greater than zero, got -5s'],
    ['resyncInterval: 0s', 'resyncInterval must be greater than zero, got 0s'],
    [
      sixtyFive,
      'the daemon can only accept up to 64 CIDRs (excluding link-local), but got 65 CIDRs (excluding link local)',
    ],
    [
      'cidrLimit: 2',
      'the daemon can only accept up to 2 CIDRs (excluding link-local), but got 3 CIDRs (excluding link local)',
    ],
    ['nonMasqueradeCIDRs: [abcdefg]', notACidr('abcdefg')],
    ['nonMasqueradeCIDRs: [10.0.0.0/8, abcdefg]', notACidr('abcdefg')],
    ['nonMasqueradeCIDRs: [10.256.0.0/16]', notACidr('10.256.0.0/16')],
    ['nonMasqueradeCIDRs: [10.0.0.0/33]', notACidr('10.0.0.0/33')],
    ['nonMasqueradeCIDRs: [10.0.0.0]', notACidr('10.0.0.0')],
    ['nonMasqueradeCIDRs: [010.0.0.0/8]', notACidr('010.0.0.0/8')],
    ['nonMasqueradeCIDRs: [""]', notACidr('')],
    ['nonMasqueradeCIDRs: ["fe80::1%eth0/64"]', notACidr('fe80::1%eth0/64')],
    [
      'nonMasqueradeCIDRs: [10.0.0.1/8]',
      'CIDR "10.0.0.1/8" is not aligned to a CIDR block, ip: "10.0.0.1" network: "10.0.0.0/8"',
    ],
    [
      'nonMasqueradeCIDRs: ["fc00::1/7"]',
      'CIDR "fc00::1/7" is not aligned to a CIDR block, ip: "fc00::1" network: "fc00::/7"',
    ],
    [
      'nonMasqueradeCIDRs: ["::ffff:10.0.0.1/104"]',
      'CIDR "::ffff:10.0.0.1/104" is not aligned to a CIDR block, ip: "10.0.0.1" network: "10.0.0.0/8"',
    ],
    [
      'nonMasqueradeCIDRs: ["fc00::/7"]',
      'ipv6 is not enabled, but ipv6 cidr fc00::/7 provided. Enable ipv6 using --enable-ipv6 agent flag',
    ],
  ])('%j: %s', async (text, message) => {
    await expect(parseMasqConfig(text, ipv4)).rejects.toThrow(expect.objectContaining({ message }) as Error)
  })

  it('reports the first type error, but a duration error before it', async () => {
    await expect(parseMasqConfig('cidrLimit: a\nmasqLinkLocal: b', ipv4)).rejects.toThrow('MasqConfig.cidrLimit')
    await expect(parseMasqConfig('cidrLimit: a\nresyncInterval: b', ipv4)).rejects.toThrow('time: invalid duration "b"')
  })
})
