import { describe, expect, it } from 'vitest'
import { parseMasqueradeFlags } from './flags.ts'
import { featuresOf } from './iptables-runner.ts'
import { klogHeader } from './klog.ts'

describe('the flags', () => {
  it('have the defaults of ip-masq-agent', () => {
    expect(parseMasqueradeFlags([])).toMatchObject({
      chain: 'IP-MASQ-AGENT',
      noMasqAllReservedRanges: false,
      enableIpv6: false,
      randomFully: true,
      toPorts: [],
      configPath: '/etc/config/ip-masq-agent',
      verbosity: 0,
      rest: [],
    })
  })

  it.each([
    [['--masq-chain=IP-MASQ', '--nomasq-all-reserved-ranges'], { chain: 'IP-MASQ', noMasqAllReservedRanges: true }],
    [['-masq-chain', 'IP-MASQ', '-enable-ipv6'], { chain: 'IP-MASQ', enableIpv6: true }],
    [['--enable-ipv6=T', '--random-fully=0'], { enableIpv6: true, randomFully: false }],
    [['-v', '2', '--logtostderr', '--alsologtostderr=true', '--vmodule', 'a=1'], { verbosity: 2 }],
    [['-v=4', '--stderrthreshold=INFO'], { verbosity: 4 }],
    [['--to-ports', '80'], { toPorts: [{ first: 80, last: 80 }] }],
    [['--enable-ipv6=true', '--enable-ipv6=false'], { enableIpv6: false }],
    [
      ['--enable-ipv6', 'false', '--random-fully=false'],
      { enableIpv6: true, randomFully: true, rest: ['false', '--random-fully=false'] },
    ],
    [['--', '--enable-ipv6'], { enableIpv6: false, rest: ['--enable-ipv6'] }],
  ])('reads %j as Go does', (argv, expected) => {
    expect(parseMasqueradeFlags(argv)).toMatchObject(expected)
  })

  it.each([
    [['--enable-ipv7'], 'unknown flag: --enable-ipv7 (flag provided but not defined: -enable-ipv7)', '--enable-ipv6'],
    [['--constructor'], 'unknown flag: --constructor', 'see --help'],
    [['--masq-chain'], 'flag needs an argument: -masq-chain', ''],
    [['--enable-ipv6=maybe'], 'invalid boolean value "maybe" for -enable-ipv6: parse error', ''],
    [['-v', 'x'], 'invalid value "x" for flag -v: strconv.ParseInt: parsing "x": invalid syntax', ''],
    [['--=x'], 'bad flag syntax: --=x', ''],
    [['---v'], 'bad flag syntax: ---v', ''],
    [
      ['--to-ports=4x'],
      'Invalid --to-ports flag "4x": strconv.Atoi: parsing "4x": invalid syntax',
      'for instance 1024-29999',
    ],
    [['--masq-chain='], 'Invalid --masq-chain flag ""', '28 characters'],
    [['--masq-chain', 'A'.repeat(29)], 'Invalid --masq-chain flag', '28 characters'],
    [['--masq-chain', 'A -j ACCEPT'], 'Invalid --masq-chain flag "A -j ACCEPT"', 'without spaces'],
    [['--family=5'], 'Invalid --family flag "5"', 'without --family'],
  ])('refuses %j', (argv, message, hint) => {
    const expected = {
      code: 'E_USAGE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    }
    expect(() => parseMasqueradeFlags(argv)).toThrow(expect.objectContaining(expected) as Error)
  })

  it('are listed as upstream logs them, sorted by name', () => {
    const { listing } = parseMasqueradeFlags(['-v=4'])
    expect(listing).toContain('FLAG: --v="4"')
    expect(listing).toContain('FLAG: --to-ports=""')
    expect(listing).toEqual([...listing].sort())
  })
})

it.each([
  ['1.4.11', { hasWait: false, hasRestoreWait: false, hasRandomFully: false }],
  ['1.6.1', { hasWait: true, hasRestoreWait: false, hasRandomFully: false }],
  ['1.6.2', { hasWait: true, hasRestoreWait: true, hasRandomFully: true }],
  ['1.8.11', { hasWait: true, hasRestoreWait: true, hasRandomFully: true }],
])('knows what iptables %s can do', (version, features) => {
  expect(featuresOf(version)).toEqual(features)
})

it('heads a log line as klog does', () => {
  const header = klogHeader('E', new Date(2026, 10, 21, 1, 2, 3, 45), 1)
  expect(header).toMatch(/^E1121 01:02:03\.045000 {7}1 \S+:\d+\]$/)
})
