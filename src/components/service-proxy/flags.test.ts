import { expect, it } from 'vitest'
import { parseServiceProxyFlags } from './flags.ts'

it("has kube-proxy's defaults", () => {
  expect(parseServiceProxyFlags(['--node', 'n1'])).toMatchObject({
    nodeName: 'n1',
    clusterCidrs: [],
    masqueradeAll: false,
    localhostNodePorts: true,
    syncPeriodMs: 5000,
  })
})

it('takes the node from the environment, and a CIDR of each family', () => {
  const flags = parseServiceProxyFlags(['--cluster-cidr=10.244.0.0/16,fd00::/48'], { NODE_NAME: 'n2' })
  expect(flags.nodeName).toBe('n2')
  expect(flags.clusterCidrs.map(({ text }) => text)).toEqual(['10.244.0.0/16', 'fd00::/48'])
})

it.each([
  [[], 'which node is this? expected --node NAME'],
  [['--node=n', '--cluster-cidr=10.0.0.1/8'], '--cluster-cidr: "10.0.0.1/8" has host bits set'],
  [['--node=n', '--cluster-cidr=10.0.0.0/8,11.0.0.0/8'], 'expected one CIDR, or one of each address family'],
  [['--node=n', '--sync-period=1'], '--sync-period "1": expected a duration'],
  [['--node=n', '--sync-period=1ms'], '--sync-period "1ms": expected a duration between 100ms and 24h'],
  [['--node=n', '--iptables-localhost-nodeports=yes'], '--iptables-localhost-nodeports "yes": expected true or false'],
  [['--node=n', '-f', 'x.yaml'], '-f is for --dry-run'],
  [['--node=n', '--dry-run'], '--dry-run needs -f FILE'],
  [['--node=n', '--dry-run', '--cleanup', '-f', 'x'], '--dry-run and --cleanup exclude each other'],
  [['--node=n', '--cluster-cdir=10.0.0.0/8'], 'unknown flag --cluster-cdir'],
  [['--node=n', 'extra'], /Unexpected argument 'extra'/],
])('refuses %j', (argv, message) => {
  expect(() => parseServiceProxyFlags(argv)).toThrow(message)
})
