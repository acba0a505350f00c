import { describe, expect, it } from 'vitest'
import { describeFilter, matchPackets, type PacketFilter, packetMatcher } from './match.ts'
import { decode, echo, ethernet, icmp, ipv4, ipv6, tcp, u32, udp } from './testing/build-packet.ts'

const PING = decode(ethernet(0x0800, ipv4({ protocol: 1 }, echo('request', 7, 3))))
const SYN = decode(ethernet(0x0800, ipv4({ protocol: 6, source: '10.244.1.9' }, tcp({}, Buffer.from('a nonce here')))))
const DNS6 = decode(ethernet(0x86dd, ipv6({ protocol: 17 }, udp(4000, 53, Buffer.from('q'))), [12]))
const REJECT = decode(
  ethernet(
    0x0800,
    ipv4({ protocol: 1, source: '10.0.0.9' }, icmp(3, 3, u32(0), ipv4({ protocol: 17 }, udp(1, 9, Buffer.alloc(0))))),
  ),
)
const FRAGMENT = decode(ethernet(0x0800, ipv4({ protocol: 17, fragment: 3 }, Buffer.alloc(8))))
const ALL = [PING, SYN, DNS6, REJECT, FRAGMENT]

describe('packetMatcher', () => {
  it.each<[PacketFilter, unknown[]]>([
    [{}, ALL],
    [{ from: '10.244.1.2' }, [PING, FRAGMENT]],
    [{ from: '10.244.1.0/24' }, [PING, SYN, FRAGMENT]],
    [{ from: ['10.244.1.9', 'fd00::/8'] }, [SYN, DNS6]],
    [{ to: 'fd00:0:0::0002' }, [DNS6]],
    [{ protocol: 'icmp' }, [PING, REJECT]],
    [{ protocol: 6 }, [SYN]],
    [{ icmp: 'echo-request', icmpId: 7, icmpSequence: 3 }, [PING]],
    [{ icmp: ['echo-request', 'destination-unreachable'] }, [PING, REJECT]],
    [{ destinationPort: [53, 80] }, [SYN, DNS6]],
    [{ sourcePort: 80 }, []],
    [{ port: 4000 }, [DNS6]],
    [{ tcpFlags: { syn: true, ack: false } }, [SYN]],
    [{ payloadIncludes: 'nonce', protocol: 'tcp' }, [SYN]],
    [{ ipVersion: 6, vlan: 12 }, [DNS6]],
    [{ fragment: true }, [FRAGMENT]],
    [{ quoting: { protocol: 'udp', destinationPort: 9 } }, [REJECT]],
    [{ direction: 'out' }, []],
    [{ wireguard: true }, []],
  ])('selects by %o', (filter, expected) => {
    expect(matchPackets(ALL, filter)).toEqual(expected)
  })

  it.each([
    [{ from: '10.0.0' }, /from is "10\.0\.0", expected an IP address or a CIDR/],
    [{ to: '10.0.0.1/8' }, /host bits/],
    [{ protocol: 'tpc' }, /protocol is "tpc"/],
    [{ port: 70_000 }, /port is 70000, expected 0 to 65535/],
    [{ source: '10.0.0.1' } as PacketFilter, /no field "source"/],
  ])('refuses %o', (filter, message) => {
    expect(() => packetMatcher(filter)).toThrow(message)
  })

  it('says what it selects', () => {
    expect(describeFilter({ from: '10.0.0.1', destinationPort: [80, 443], quoting: { protocol: 'udp' } })).toBe(
      'from 10.0.0.1, destination port 80 or 443, quoting (protocol udp)',
    )
    expect(describeFilter({})).toBe('any packet')
  })
})
