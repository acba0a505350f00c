import { describe, expect, it } from 'vitest'
import { readEncryptionOptions } from './deploy-options.ts'
import { dryRunOnEmptyMachine } from './dry-run.ts'
import { parseEncryptionFlags } from './flags.ts'
import { newKey, nodeObject, podObject } from './objects.test-helper.ts'

describe('the flags', () => {
  it('have defaults, and the environment names the node', () => {
    expect(parseEncryptionFlags([], { NODE_NAME: 'worker-1' })).toMatchObject({
      nodeName: 'worker-1',
      intervalMs: 5000,
      stateDirectory: '/var/run/cilium/state',
      keepaliveSeconds: 0,
      strict: false,
      mode: 'agent',
    })
    expect(parseEncryptionFlags(['--node=a'], { NODE_NAME: 'b' }).nodeName).toBe('a')
    expect(parseEncryptionFlags(['--persistent-keepalive=1m']).keepaliveSeconds).toBe(60)
    expect(parseEncryptionFlags(['--strict', '--strict-cidr=10.0.0.0/8,fd00::/8']).strictCidrs).toEqual([
      '10.0.0.0/8',
      'fd00::/8',
    ])
  })

  it.each([
    [['--strikt'], 'unknown flag --strikt'],
    [['--interval=0'], '--interval "0": expected a duration between 100 ms and 86400 s'],
    [['--interval=fast'], '--interval "fast": expected a duration'],
    [['--state-dir=keys'], '--state-dir "keys": expected an absolute path'],
    [['--strict-cidr=10.0.0.0/8'], '--strict-cidr is for --strict'],
    [['--strict', '--strict-cidr=10.0.0.1/8'], '"10.0.0.1/8" has host bits set'],
    [['--interface=a b'], '--interface "a b" is not an interface name'],
    [['--dry-run', '--cleanup'], '--dry-run and --cleanup exclude each other'],
    [['-f', 'x.yaml'], '--file is for --dry-run'],
    [['now'], 'Unexpected argument'],
  ])('%j are refused with the reason', (argv, message) => {
    expect(() => parseEncryptionFlags(argv)).toThrow(message)
  })
})

describe('a dry run', () => {
  const objects = {
    nodes: [
      nodeObject('a', ['172.18.0.2'], newKey(), ['10.0.0.0/24']),
      nodeObject('b', ['172.18.0.3'], 'QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=', ['10.0.1.0/24']),
      nodeObject('late', ['172.18.0.4'], undefined, ['10.0.2.0/24']),
    ],
    pods: [podObject('p', 'b', ['10.0.1.9'])],
  }
  const options = { nodeName: 'a', interface: undefined, strict: false, strictCidrs: [], keepaliveSeconds: 0 }

  it('prints what an empty machine needs, as commands, and never a private key', () => {
    expect(dryRunOnEmptyMachine(objects, options).stdout).toMatchInlineSnapshot(`
      "# a, by way of eth0
      # late has published no key: what goes to its pods is not encrypted
      # make the set encrypt_pods4
      ipset create encrypt_pods4 hash:ip family inet -exist
      # write the rules of IPv4
      iptables-restore -w 5 --noflush <<'END'
      *mangle
      :ENCRYPT-PODS - [0:0]
      -A ENCRYPT-PODS -i eth0 -j RETURN
      -A ENCRYPT-PODS -i cilium_wg0 -j RETURN
      -A ENCRYPT-PODS -m set --match-set encrypt_pods4 dst -j MARK --set-xmark 0xe00/0xf00
      -I PREROUTING 1 -j ENCRYPT-PODS
      COMMIT
      END
      # make the device; where the kernel has no WireGuard: wireguard-go cilium_wg0
      ip link add dev cilium_wg0 type wireguard
      # set listen-port 51871
      wg set cilium_wg0 listen-port 51871
      # set the private key
      sh -c 'cat | wg set "$0" private-key /dev/stdin' cilium_wg0  # reads the key from a pipe
      # peer b: 10.0.1.9/32
      wg set cilium_wg0 peer QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI= endpoint 172.18.0.3:51871 persistent-keepalive off allowed-ips 10.0.1.9/32
      # MTU 1420
      ip link set dev cilium_wg0 mtu 1420
      # no reverse path filter on the tunnel
      sysctl -q -w net.ipv4.conf.cilium_wg0.rp_filter=0
      # bring the tunnel up
      ip link set dev cilium_wg0 up
      # IPv4: table 201 leads into the tunnel
      ip -4 route replace default dev cilium_wg0 table 201
      # IPv4: what is marked takes table 201
      ip -4 rule add priority 1 fwmark 0xe00/0xf00 lookup 201
      # mark what goes to 10.0.1.9
      ipset restore -exist <<'END'
      add encrypt_pods4 10.0.1.9
      END
      # IPv4: mark what goes to 10.0.1.0/24 by way of Services
      nft -f - <<'END'
      table ip packetproof-encryption
      delete table ip packetproof-encryption
      table ip packetproof-encryption {
        chain services {
          type filter hook prerouting priority -90; policy accept;
          iifname { "eth0", "cilium_wg0" } return comment "e56301a82cd6f4a2"
          ct status dnat ip daddr { 10.0.1.0/24 } meta mark set meta mark & 0xfffff0ff | 0x00000e00 comment "e56301a82cd6f4a2"
        }
      }
      END
      "
    `)
  })

  it('says what becomes of a node without a key', () => {
    expect(dryRunOnEmptyMachine(objects, { ...options, strict: true }).stdout).toContain(
      '# late has published no key: what goes to its pods is dropped\n',
    )
  })

  it('wants to know the node, and one that there is', () => {
    expect(() => dryRunOnEmptyMachine(objects, { ...options, nodeName: undefined })).toThrow(
      'for which node: --node NAME',
    )
    expect(() => dryRunOnEmptyMachine(objects, { ...options, nodeName: 'c' })).toThrow(
      "this node, c, is not among the cluster's nodes (a, b, late)",
    )
  })
})

describe('the options of a deployment', () => {
  it('may come from a file or a command line', () => {
    expect(readEncryptionOptions({ strict: true, args: ['--interval=1s'] })).toEqual({
      strict: true,
      args: ['--interval=1s'],
    })
    expect(readEncryptionOptions({ variant: { image: 'mine:1' } })).toEqual({ image: 'mine:1' })
  })

  it.each([
    [{ strickt: true }, 'Unrecognized key: "strickt"'],
    [{ strict: 'yes' }, 'encryption: strict: '],
    [{ variant: 'upstream' }, 'encryption has no upstream variant to deploy'],
  ])('%j are refused', (options, message) => {
    expect(() => readEncryptionOptions(options)).toThrow(message)
  })
})
