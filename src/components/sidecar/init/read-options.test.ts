import { describe, expect, it } from 'vitest'
import { PacketproofError } from '../../../errors.ts'
import { optionsOf } from './init-rules.test-helper.ts'
import { readFlags } from './read-flags.ts'
import { readInitOptions } from './read-options.ts'

describe('flags', () => {
  it('are read in every way that cobra reads them', () => {
    const expected = { proxyPort: '25001', inboundPorts: '*', dryRun: true, redirectDns: false }
    for (const argv of [
      ['-p', '25001', '-b', '*', '-n'],
      ['-p25001', '-b*', '-n=true'],
      ['-p=25001', '-b=*', '--dry-run'],
      ['--envoy-port=25001', '--istio-inbound-ports', '*', '--dry-run=1', '--redirect-dns=false'],
      ['istio-iptables', '--envoy-port', '25001', '--istio-inbound-ports=*', '-n=T'],
    ]) {
      expect(optionsOf(argv)).toMatchObject(expected)
    }
  })

  it("of Istio's logging are accepted", () => {
    expect(optionsOf(['-b', '80', '--log_output_level=default:info']).inboundPorts).toEqual(['80'])
  })

  it("have upstream's defaults", () => {
    expect(optionsOf([])).toMatchObject({
      proxyPort: '15001',
      inboundCapturePort: '15006',
      inboundTunnelPort: '15008',
      proxyUids: ['1337'],
      proxyGids: ['1337'],
      mode: 'REDIRECT',
      tproxyMark: '1337',
      tproxyRouteTable: '133',
      inboundPorts: [],
      outboundCidrs: [],
      ownerGroups: { kind: 'all-except', groups: [] },
      loopbackCidr: '127.0.0.1/32',
      probePort: 15_002,
      probeTimeoutMs: 5000,
    })
  })

  it('come from variables where the command line is silent, but for the port that upstream leaves out', () => {
    const env = {
      ISTIO_INBOUND_PORTS: '80',
      PROXY_UID: '7',
      ENVOY_PORT: '9',
      INVALID_DROP: 'true',
      INBOUND_CAPTURE_PORT: '',
    }
    expect(optionsOf([], env)).toMatchObject({
      inboundPorts: ['80'],
      proxyUids: ['7'],
      proxyGids: ['7'],
      proxyPort: '15001',
      dropInvalid: true,
      inboundCapturePort: '15006',
    })
    expect(optionsOf(['-b', '81', '--drop-invalid=false'], env)).toMatchObject({
      inboundPorts: ['81'],
      dropInvalid: false,
    })
    expect(optionsOf([], { ISTIO_META_DNS_CAPTURE: 'true', ISTIO_DUAL_STACK: 'true' })).toMatchObject({
      redirectDns: true,
      dualStack: true,
    })
  })

  it("take the proxy's user from the one that ENVOY_USER names", () => {
    const ids = new Map([
      ['istio-proxy', '77'],
      ['envoy', '88'],
    ])
    const read = (env: Record<string, string>): readonly string[] =>
      readInitOptions(readFlags([], env), env, (name) => ids.get(name)).proxyUids
    expect(read({})).toEqual(['77'])
    expect(read({ ENVOY_USER: 'envoy' })).toEqual(['88'])
  })

  it('drop empty items of lists, and take groups without a limit when they are excluded', () => {
    expect(optionsOf(['-d', ',6000,,7000,']).inboundPortsExclude).toEqual(['6000', '7000'])
    const many = Array.from({ length: 1000 }, (_, index) => String(index)).join(',')
    expect(optionsOf([], { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: many }).ownerGroups.groups).toHaveLength(1000)
  })

  it('capture no group when the variable is there and empty', () => {
    expect(optionsOf([], { ISTIO_OUTBOUND_OWNER_GROUPS: '' }).ownerGroups).toEqual({ kind: 'only', groups: [] })
  })
})

const groups = (count: number): string => Array.from({ length: count }, (_, index) => String(index)).join(',')

describe('what cannot be', () => {
  it.each([
    [['-p', '0'], '-p (--envoy-port) "0"'],
    [['-p', ''], '-p (--envoy-port) ""'],
    [['-z', '70000'], '-z (--inbound-capture-port) "70000"'],
    [['-p', '015001'], '"015001"'],
    [['-b', '80,0'], '"0" is not a port'],
    [['-d', '70000'], '"70000" is not a port'],
    [['-d', '1-x'], '"1-x" is not a port'],
    [['-o', '9:8'], '"9:8" is not a port'],
    [['-o', '1:2:3'], '"1:2:3" is not a port'],
    [['-q', '*'], '"*" is not a port'],
    [['-b', '*,80'], '"*" is not a port'],
    [['-u', '1-x'], '"1-x" is not a number, a name'],
    [['-g', '4294967296'], '"4294967296"'],
    [['-i', '10.0.0.0/8, 10.1.0.0/16'], '" 10.1.0.0/16" is not a CIDR'],
    [['-i', '*,10.0.0.0/8'], '"*" is not a CIDR'],
    [['-i', '10.0.0.0'], '"10.0.0.0" is not a CIDR'],
    [['-i', '10.0.0.0/33'], '"10.0.0.0/33" is not a CIDR'],
    [['-i', 'fd00::/129'], '"fd00::/129" is not a CIDR'],
    [['-i', '10.0.0/8'], '"10.0.0/8" is not a CIDR'],
    [['-x', '*'], 'invalid value for OUTBOUND_IP_RANGES_EXCLUDE'],
    [['-m', 'FOO'], 'expected REDIRECT or TPROXY'],
    [['-m', 'tproxy'], 'expected REDIRECT or TPROXY'],
    [['-u', '', '-g', ''], 'name nobody'],
    [['-u', ',', '-g', ','], 'name nobody'],
    [['-u', ','], 'name nobody'],
    [['-c', 'an interface'], '"an interface" is not the name of an interface'],
    [['-k', 'sixteen-letters-'], 'is not the name of an interface'],
    [['-t', '0'], 'expected a number from 1'],
    [['-t', '4294967296'], 'expected a number from 1'],
    [['-r', 'x'], 'expected a number from 1'],
    [['--probe-timeout', '5'], 'expected a duration'],
    [['--probe-timeout', '0s'], 'expected a duration'],
    [['--iptables-probe-port', '-1'], 'expected a port'],
    [['--force-iptables-binary', 'x'], 'invalid FORCE_IPTABLES_BINARY value "x"'],
    [['--native-nftables'], 'rules are written with iptables alone'],
    [['--dry-run=maybe'], 'expected true or false'],
    [['--no-such-flag'], 'unknown flag: --no-such-flag'],
    [['-y'], 'unknown flag: -y'],
    [['-b'], 'flag needs an argument: -b'],
    [['80'], '"80" is not a flag'],
    [['--host-addresses', '10.0.0.300'], '"10.0.0.300" is not an address'],
  ])('%j is refused: %s', (argv, words) => {
    expect(() => optionsOf(argv)).toThrow(PacketproofError)
    expect(() => optionsOf(argv)).toThrow(words)
  })

  it.each([
    [{ ISTIO_OUTBOUND_OWNER_GROUPS: groups(65) }, 'cannot exceed 64, got 65: [0 1 2'],
    [{ ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '192.168.1.1/24' }, 'IPv4 loopback address'],
    [{ ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '127.0.0.1/7' }, 'prefix length from 8 to 32'],
    [{ ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '::1/128' }, 'IPv4 loopback address'],
    [{ ISTIO_LOCAL_EXCLUDE_PORTS: '70000' }, 'ISTIO_LOCAL_EXCLUDE_PORTS "70000"'],
    [{ REDIRECT_DNS: 'yes' }, 'REDIRECT_DNS "yes": expected true or false'],
  ])('%j is refused: %s', (env, words) => {
    expect(() => optionsOf([], env as Record<string, string>)).toThrow(words)
  })

  it('64 groups are not too many', () => {
    expect(optionsOf([], { ISTIO_OUTBOUND_OWNER_GROUPS: groups(64) }).ownerGroups.groups).toHaveLength(64)
  })
})
