import { access } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../helpers/wait-for.ts'
import type { Host, HostProcess } from '../cluster/host.ts'
import { matchPackets } from '../packet/match.ts'
import { classify } from '../packet/noise.ts'
import { startCapture, startCaptures } from './capture.ts'
import { type NamespaceHost, run, startNamespaceHost } from './testing/namespace-host.ts'

const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('capture (needs root for namespaces)', () => {
  let host: NamespaceHost
  let peer: NamespaceHost

  beforeAll(async () => {
    peer = await startNamespaceHost('peer', 'link set lo up\n')
    host = await startNamespaceHost(
      'node-1',
      `link set lo up
link add eth0 type veth peer name eth0 netns ${peer.pid}
address add 10.9.0.1/24 dev eth0
link set eth0 up
`,
    )
    await run(peer, ['ip', '-batch', '-'], 'address add 10.9.0.2/24 dev eth0\nlink set eth0 up\n')
  })

  afterAll(async () => {
    await host[Symbol.asyncDispose]()
    await peer[Symbol.asyncDispose]()
  })

  const ping = async (count = 1): Promise<void> => {
    const result = await host.exec(['ping', '-n', '-c', String(count), '-i', '0.01', '-W', '2', '10.9.0.2'])
    expect(result.exitCode).toBe(0)
  }

  it.each([
    ['eth0', [undefined]],
    ['any', ['out']],
    ['lo', []],
  ])('is complete on %s, and markers are not among the packets', async (interfaceName, directions) => {
    await using capture = await startCapture(host, { interface: interfaceName })
    await ping()
    const result = await capture.stop()
    expect(result.problem).toBeUndefined()
    expect(result.complete).toBe(true)
    expect(result.markers).toHaveLength(2)
    expect(classify(result.packets).noise.marker).toBeUndefined()
    expect(result.droppedByKernel).toBe(0)
    const requests = matchPackets(result.packets, { icmp: 'echo-request', to: '10.9.0.2' })
    expect(requests.map(({ link }) => link.direction)).toEqual(directions)
  })

  it('lets markers through a filter that says otherwise', async () => {
    await using capture = await startCapture(host, { interface: 'eth0', filter: 'vlan 7 and udp port 9', snaplen: 64 })
    await ping()
    const result = await capture.stop()
    expect(result).toMatchObject({ complete: true, packets: [], filter: 'vlan 7 and udp port 9' })
    expect(result.markers).toHaveLength(2)
  })

  it('disturbs no rule, no counter and no conntrack entry', async () => {
    await host.exec(['iptables-restore'], { stdin: '*filter\n-A INPUT -j ACCEPT\n-A OUTPUT -j ACCEPT\nCOMMIT\n' })
    await using capture = await startCapture(host, { interface: 'eth0' })
    expect((await capture.stop()).complete).toBe(true)
    const rules = await host.exec(['iptables-save', '-c', '-t', 'filter'])
    expect(rules.stdout).toContain('[0:0] -A INPUT -j ACCEPT')
    expect(rules.stdout).toContain('[0:0] -A OUTPUT -j ACCEPT')
    expect((await host.exec(['conntrack', '-L'])).stdout).toBe('')
    await host.exec(['iptables', '-F'])
  })

  it('shows what it has seen while it runs', async () => {
    await using capture = await startCapture(host, { interface: 'eth0', filter: 'icmp' })
    await ping()
    await waitFor('the reply in the capture', async () => (await capture.peek()).length === 2, { timeoutMs: 2000 })
    expect((await capture.stop()).packets).toHaveLength(2)
  })

  it('keeps up with a burst', async () => {
    await using capture = await startCapture(host, { interface: 'eth0', filter: 'udp port 9' })
    const burst = 'socket(my $s, 2, 2, 17); send($s, "x" x 100, 0, pack("S n C4 x8", 2, 9, 10, 9, 0, 2)) for 1 .. 2000'
    expect((await host.exec(['perl', '-e', burst])).exitCode).toBe(0)
    const result = await capture.stop()
    expect(result.problem).toBeUndefined()
    expect(matchPackets(result.packets, { destinationPort: 9, protocol: 'udp' })).toHaveLength(2000)
  })

  it('starts several at once and each sees all', async () => {
    const captures = await startCaptures([
      { host, options: { interface: 'eth0', filter: 'icmp' } },
      { host: peer, options: { interface: 'eth0', filter: 'icmp' } },
    ])
    await ping(3)
    const results = await Promise.all(captures.map((capture) => capture.stop()))
    expect(results.map(({ complete, packets }) => ({ complete, count: packets.length }))).toEqual([
      { complete: true, count: 6 },
      { complete: true, count: 6 },
    ])
  })

  it('is incomplete after its packet limit, and says so', async () => {
    await using capture = await startCapture(host, { interface: 'eth0', filter: 'icmp', maxPackets: 2 })
    await ping(4)
    const result = await capture.stop()
    expect(result.complete).toBe(false)
    expect(result.problem).toContain('the limit of 2 packets was reached')
  })

  it('is incomplete when tcpdump was killed, and says so', async () => {
    const { watched, processes } = watchProcesses(host)
    await using capture = await startCapture(watched, { interface: 'eth0' })
    await processes[0]?.kill('SIGKILL')
    await processes[0]?.exited
    const result = await capture.stop()
    expect(result.complete).toBe(false)
    expect(result.problem).toContain('tcpdump exited early (SIGKILL)')
  })

  it('is incomplete when the interface goes away', async () => {
    await host.exec(['ip', 'link', 'add', 'gone0', 'type', 'bridge'])
    await host.exec(['ip', 'link', 'set', 'gone0', 'up'])
    await using capture = await startCapture(host, { interface: 'gone0', markerTimeoutMs: 300 })
    await host.exec(['ip', 'link', 'delete', 'gone0'])
    const result = await capture.stop()
    expect(result.complete).toBe(false)
    expect(result.problem).toMatch(/marker could not be sent|exited early/)
  })

  it.each([
    [{ interface: 'nope0' }, 'E_CAPTURE', /cannot capture on node-1 nope0: .*No such device/],
    [{ interface: 'eth0', filter: 'udp prt 5' }, 'E_CAPTURE', /syntax error/],
    [{ interface: '' }, 'E_INVALID_INPUT', /not an interface name/],
    [{ interface: 'eth0', snaplen: 20 }, 'E_INVALID_INPUT', /snaplen is 20, expected 64 to 262144/],
  ])('does not start with %o', async (options, code, message) => {
    await expect(startCapture(host, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('names the tool when tcpdump is missing', async () => {
    const bare = { ...host, spawn: (argv: readonly string[]) => host.spawn(['env', 'PATH=/nonexistent', ...argv]) }
    await expect(startCapture(bare, { interface: 'eth0' })).rejects.toMatchObject({ code: 'E_TOOL_MISSING' })
  })

  it('ends with its signal', async () => {
    const controller = new AbortController()
    const starting = startCapture(host, { interface: 'eth0', signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(starting).rejects.toThrow('enough')
  })

  it('leaves no file and no process behind when it is not stopped', async () => {
    const { watched, processes } = watchProcesses(host)
    {
      await using _ = await startCapture(watched, { interface: 'eth0', path: '/tmp/packetproof-left.pcap' })
    }
    await expect(access('/tmp/packetproof-left.pcap')).rejects.toThrow('ENOENT')
    expect(await processes[0]?.exited).toEqual({ exitCode: null, signal: 'SIGKILL' })
  })
})

function watchProcesses(host: Host): { watched: Host; processes: HostProcess[] } {
  const processes: HostProcess[] = []
  const spawn: Host['spawn'] = async (argv, options) => {
    const process = await host.spawn(argv, options)
    processes.push(process)
    return process
  }
  return { watched: { ...host, spawn }, processes }
}
