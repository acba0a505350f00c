import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import type { Host } from '../../cluster/host.ts'
import { connectCluster } from '../../cluster/kube-cluster.ts'
import type { ProvidedCluster } from '../../cluster/node-access.ts'
import { profileSchema } from '../../cluster/profile.ts'
import { childrenOf } from './fabric/process-tree.ts'
import { createNetnsCluster } from './provider.ts'

const profile = profileSchema.parse({
  name: 'contract',
  description: 'Two nodes, an outsider, an external host that can answer to pods and one that cannot.',
  nodeSubnets: ['172.30.0.0/24', 'fd00:30::/64'],
  podCidrs: ['10.30.0.0/16', 'fd00:31::/48'],
  serviceCidrs: ['10.31.0.0/16', 'fd00:32::/112'],
  nodes: [{ name: 'one', role: 'control-plane' }, { name: 'two' }],
  outsiders: [{ name: 'outsider' }],
  externalHosts: [
    { name: 'answers', addresses: ['203.0.113.10/24', '2001:db8:1::10/64'], routes: ['10.30.0.0/16', 'fd00:31::/48'] },
    { name: 'silent', addresses: ['198.51.100.10/32'] },
  ],
})

function machineState(): string {
  const commands = [
    ['ip', 'link'],
    ['ip', 'address'],
    ['ip', 'route', 'show', 'table', 'all'],
    ['ip', 'rule'],
    ['iptables-save'],
  ]
  // Lifetimes count down and counters count up by themselves.
  return commands
    .map(([command = '', ...argv]) => execFileSync(command, argv, { encoding: 'utf8' }))
    .concat(readFileSync('/proc/self/mountinfo', 'utf8'))
    .join('\n')
    .replaceAll(/(\d+sec|# (Generated|Completed).*|\[\d+:\d+\])/g, '')
}

async function pingFrom(host: Host, to: string): Promise<string> {
  const { stdout } = await host.exec(['ping', '-c', '2', '-i', '0.2', '-W', '1', to])
  if (stdout.includes(' 0% packet loss')) return `${to} answers`
  return stdout.includes(' 100% packet loss') ? `${to} is silent` : stdout
}

describe('a cluster of network namespaces', () => {
  let before: string
  let provided: ProvidedCluster
  let cluster: Cluster
  let left: Pod
  let right: Pod

  const node = (name: string): Host => find(cluster.nodes, name)
  const machine = (name: string): Host => find(cluster.machines, name)
  function find(hosts: readonly Host[], name: string): Host {
    const found = hosts.find((host) => host.name === name)
    if (found === undefined) throw new Error(`no host ${name}`)
    return found
  }

  beforeAll(async () => {
    before = machineState()
    provided = await createNetnsCluster(profile, { name: 'contract' })
    cluster = await connectCluster(provided, { profile })
    ;[left, right] = await Promise.all([
      cluster.runPod({ name: 'left', node: 'one', image: 'busybox', command: ['sleep', '3600'] }),
      cluster.runPod({ name: 'right', node: 'two', image: 'busybox', command: ['sleep', '3600'] }),
    ])
  })

  afterAll(async () => {
    await provided?.[Symbol.asyncDispose]()
  })

  it('connects nodes, the outsider and the router on one subnet', async () => {
    for (const address of [...node('two').addresses, ...machine('outsider').addresses, '172.30.0.1', 'fd00:30::1']) {
      expect(await pingFrom(node('one'), address)).toBe(`${address} answers`)
    }
  })

  it('carries pod traffic to the pods of another node with its source kept, in both families', async () => {
    expect(right.addresses).toHaveLength(2)
    for (const [index, address] of right.addresses.entries()) {
      const isEcho = address.includes(':') ? 'icmp6 and ip6[40] == 128' : 'icmp'
      const capture = await right.spawn(['tcpdump', '-n', '-c', '1', '-i', 'eth0', `dst host ${address} and ${isEcho}`])
      await waitForText(capture.stderr, 'listening on')
      expect(await pingFrom(left, address)).toBe(`${address} answers`)
      expect(await readAll(capture.stdout)).toContain(` ${left.addresses[index]} > ${address}: `)
    }
  })

  it('lets an external host answer to what its routes list and to nothing else', async () => {
    expect(await pingFrom(left, '203.0.113.10')).toBe('203.0.113.10 answers')
    expect(await pingFrom(left, '2001:db8:1::10')).toBe('2001:db8:1::10 answers')
    expect(await pingFrom(left, '198.51.100.10')).toBe('198.51.100.10 is silent')
    expect(await pingFrom(node('one'), '203.0.113.10')).toBe('203.0.113.10 is silent')
  })

  it('gives an outsider the node subnet and nothing beyond', async () => {
    const routes = await machine('outsider').exec(['ip', '-4', 'route'])
    expect(routes.stdout.trim().split('\n')).toHaveLength(1)
    expect(routes.stdout).toContain('172.30.0.0/24 dev eth0')
  })

  it('keeps every write in the host that made it', async () => {
    const name = `packetproof-contract-${process.pid}`
    const places = ['/tmp', '/run', '/etc', '/var/lib', '/root', '/dev/shm'].map((folder) => `${folder}/${name}`)
    for (const path of places) await node('one').writeFile(path, 'mine')
    expect((await node('one').readFile(places[0] ?? '')).toString()).toBe('mine')
    expect(places.filter((path) => existsSync(path))).toEqual([])
    const elsewhere = await node('two').exec(['ls', ...places.filter((path) => !path.startsWith('/dev'))])
    expect(elsewhere.stdout).toBe('')
  })

  it('hides the processes of one node from another', async () => {
    const sleeper = await node('one').spawn(['sleep', '300'])
    const elsewhere = await node('two').exec(['pkill', '-f', '^sleep 300$'])
    expect(elsewhere.exitCode).toBe(1)
    const here = await node('one').exec(['pkill', '-f', '^sleep 300$'])
    expect(here.exitCode).toBe(0)
    expect(await sleeper.exited).toEqual({ exitCode: null, signal: 'SIGTERM' })
  })

  it('reports how a command ended, with what it said', async () => {
    const result = await node('one').exec(['sh', '-c', 'cat; echo no >&2; exit 7'], { stdin: 'yes' })
    expect(result).toMatchObject({ exitCode: 7, signal: null, stdout: 'yes', stderr: 'no\n', timedOut: false })
  })

  it('runs a command as another user', async () => {
    const { stdout } = await node('one').exec(['sh', '-c', 'id -u; id -g; id -G'], { uid: 1337 })
    expect(stdout).toBe('1337\n1337\n1337\n')
  })

  it('says of a missing program that it is missing', async () => {
    await expect(node('one').exec(['no-such-program'])).rejects.toMatchObject({
      code: 'E_EXEC_FAILED',
      message: expect.stringContaining('"no-such-program": no such program in PATH') as string,
    })
    await expect(node('one').exec(['/etc/hosts'])).rejects.toThrow('not executable')
  })

  it('says of a missing host that it is missing', async () => {
    const gone = provided.access.spawn({ kind: 'pod', namespace: 'default', name: 'nobody' }, ['true'])
    await expect(gone).rejects.toMatchObject({ code: 'E_EXEC_FAILED' })
    await expect(provided.access.spawn({ kind: 'node', name: 'three' }, ['true'])).rejects.toThrow(
      'there is no node "three"',
    )
  })

  it('kills a command whose time is over, or whose caller gives up', async () => {
    const late = await node('one').exec(['sleep', '60'], { timeoutMs: 100 })
    expect(late).toMatchObject({ timedOut: true, signal: 'SIGKILL' })
    const giveUp = new AbortController()
    const running = await node('one').spawn(['sleep', '60'], { signal: giveUp.signal })
    giveUp.abort()
    expect(await running.exited).toMatchObject({ signal: 'SIGKILL' })
  })

  it('ends a command that leaves a daemon behind, and loses none of its output', async () => {
    const { stdout } = await node('one').exec(['sh', '-c', 'sleep 5 & head -c 3000000 /dev/zero | tr "\\0" x'])
    expect(stdout).toHaveLength(3_000_000)
  })

  it('leaves no zombies on a node', async () => {
    await node('one').exec(['sh', '-c', 'for i in 1 2 3 4 5; do (sleep 0.01 &) ; done'])
    const { stdout } = await node('one').exec(['sh', '-c', 'sleep 0.1; ps -e -o stat='])
    expect(stdout).not.toMatch(/^Z/m)
  })

  it('gives a plain container the default capabilities, and no way to change rules or settings', async () => {
    const script =
      'grep CapBnd /proc/self/status; iptables -L -n; echo 1 > /proc/sys/net/ipv4/ip_forward; ps; exec sleep 9'
    await cluster.runPod({ name: 'plain', node: 'one', command: ['sh', '-c', `(${script}) 2>&1`] })
    const log = await waitFor(
      'the log',
      async () => (await cluster.logs('default', 'plain')).includes('ps') && cluster.logs('default', 'plain'),
      { timeoutMs: 5000 },
    )
    expect(log).toContain('00000000a80425fb')
    expect(log).toMatch(/Permission denied|Operation not permitted/)
    expect(log).toContain('Read-only file system')
    expect(log).toMatch(/^\s+1 root\s+sh -c/m)
  })

  it('uses the same names and addresses as another cluster beside it', async () => {
    await using twin = await createNetnsCluster(profile, { name: 'contract' })
    const running = await twin.access.spawn({ kind: 'node', name: 'one' }, ['ip', '-br', 'link'])
    const [output] = await Promise.all([readAll(running.stdout), running.exited])
    expect(output).not.toContain('cali')
    expect(twin.kubeconfig).not.toBe(provided.kubeconfig)
    expect(await pingFrom(node('one'), '172.30.0.3')).toBe('172.30.0.3 answers')
  })

  it('tells its user when it dies', async () => {
    const known = new Set(childrenOf(process.pid))
    const twin = await createNetnsCluster(profile, { name: 'mortal' })
    const running = await twin.access.spawn({ kind: 'node', name: 'one' }, ['sleep', '60'])
    const server = childrenOf(process.pid).find((pid) => !known.has(pid)) ?? 0
    expect(server).toBeGreaterThan(1)
    process.kill(server, 'SIGKILL')
    await expect(twin.died).rejects.toMatchObject({ code: 'E_CLUSTER' })
    await expect(running.exited).rejects.toMatchObject({ code: 'E_EXEC_FAILED' })
    await expect(twin.access.readFile({ kind: 'node', name: 'one' }, '/etc/hosts')).rejects.toThrow('the cluster died')
    await twin[Symbol.asyncDispose]()
  })

  it('changes nothing of the machine', () => {
    expect(machineState()).toBe(before)
  })

  it('refuses a port that is in use, naming it', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await expect(createNetnsCluster(profile, { name: 'taken', apiPort: port })).rejects.toMatchObject({
      code: 'E_ENVIRONMENT',
      message: `the API server cannot listen on port ${port} of 127.0.0.1: it is in use`,
    })
    other.close()
  })

  it('stops when it is interrupted while being made', async () => {
    const interrupt = new AbortController()
    const making = createNetnsCluster(profile, { name: 'interrupted', signal: interrupt.signal })
    setImmediate(() => interrupt.abort())
    await expect(making).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
  })
})

/** Reads until the text has come; whoever wants the rest reads on. */
async function waitForText(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let seen = ''
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
      if (seen.includes(text)) resolve()
    })
    stream.once('end', () => reject(new Error(`it ended with: ${seen}`)))
  })
}

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += String(chunk)
  return all
}
