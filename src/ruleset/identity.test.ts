import { describe, expect, it } from 'vitest'
import { rulesOf } from './model.ts'
import { parseRuleset } from './parse-ruleset.ts'

function identity(spec: string): string {
  const [rule] = rulesOf(parseRuleset(`*nat\n-A A ${spec}\nCOMMIT\n`, { format: 'restore' }))
  return rule?.identity ?? ''
}

describe('rule identity', () => {
  it.each([
    ['a host address with and without /32', '-s 10.0.0.1', '-s 10.0.0.1/32'],
    ['host bits and netmasks', '-d 10.1.2.3/255.0.0.0', '-d 10.0.0.0/8'],
    ['IPv6 spellings', '-d fd00:0:0:0::1/128', '-d FD00::1'],
    ['every address', '-s 0.0.0.0/0 -j A', '-j A'],
    ['long options', '--source 10.0.0.0/8 --jump RETURN', '-s 10.0.0.0/8 -j RETURN'],
    [
      'the place of the comment',
      '-m comment --comment "a b" -d 10.0.0.0/8 -j RETURN',
      '-d 10.0.0.0/8 -m comment --comment "a b" -j RETURN',
    ],
    ['the quoting of a word', '-m comment --comment word', '-m comment --comment "word"'],
    ['protocol names and numbers', '-p 6 -j A', '-p tcp -j A'],
    ['names of ICMPv6', '-p icmpv6 --icmpv6-type 135', '-p ipv6-icmp -m icmp6 --icmpv6-type neighbour-solicitation'],
    ['an implied match', '-p tcp --dport 80', '-p tcp -m tcp --dport 80'],
    ['a match without options', '-p tcp -m tcp -j A', '-p tcp -j A'],
    ['service names', '-p tcp --dport http', '-p tcp -m tcp --dport 80'],
    ['--syn', '-p tcp --syn', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
    [
      'precision of a probability',
      '-m statistic --mode random --probability 0.469292562840114',
      '-m statistic --mode random --probability 0.46929256292',
    ],
    ['a full mask of a mark', '-m mark --mark 1', '-m mark --mark 0x1/0xffffffff'],
    ['--or-mark', '-j MARK --or-mark 0x4000', '-j MARK --set-xmark 0x4000/0x4000'],
    ['--set-mark with a mask', '-j MARK --set-mark 0/0xe0000', '-j MARK --set-xmark 0x0/0xe0000'],
    ['--and-mark', '-j MARK --and-mark 0xfff1ffff', '-j MARK --set-xmark 0x0/0xe0000'],
    ['the state match', '-m state --state NEW,ESTABLISHED', '-m conntrack --ctstate ESTABLISHED,NEW'],
    ['a default reject', '-j REJECT', '-j REJECT --reject-with icmp-port-unreachable'],
    ['saved marks', '-j CONNMARK --save-mark', '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
    [
      'the order of target options',
      '-j MASQUERADE --random-fully --to-ports 1-2',
      '-j MASQUERADE --to-ports 1-2 --random-fully',
    ],
    ['an old negation', '-s ! 10.0.0.0/8', '! -s 10.0.0.0/8'],
    ['NOTRACK', '-j NOTRACK', '-j CT --notrack'],
  ])('is the same for %s', (_, one, other) => {
    expect(identity(one)).toBe(identity(other))
  })

  it.each([
    ['a masked mark', '-m mark --mark 0x1/0x1', '-m mark --mark 0x1'],
    ['negation', '! -s 10.0.0.0/8', '-s 10.0.0.0/8'],
    ['negation of an option', '-m addrtype ! --dst-type LOCAL', '-m addrtype --dst-type LOCAL'],
    ['jump and goto', '-j A', '-g A'],
    ['another comment', '-m comment --comment a', '-m comment --comment b'],
    [
      'another probability',
      '-m statistic --mode random --probability 0.5',
      '-m statistic --mode random --probability 0.50001',
    ],
    ['not-every address', '! -s 0.0.0.0/0 -j A', '-j A'],
    ['a reject of another kind', '-j REJECT --reject-with tcp-reset', '-j REJECT'],
    ['the side of a set', '-m set --match-set s src', '-m set --match-set s dst'],
    ['mark and connmark', '-m mark --mark 1 -m connmark --mark 2', '-m mark --mark 2 -m connmark --mark 1'],
    ['option order of an unknown module', '-m future --list a b', '-m future --list b a'],
  ])('differs for %s', (_, one, other) => {
    expect(identity(one)).not.toBe(identity(other))
  })
})
