import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCapture } from '../../capture/capture.ts'
import { allCapabilities } from '../../cluster/capability.ts'
import type { Cluster, Node, Pod } from '../../cluster/cluster.ts'
import { connectCluster } from '../../cluster/kube-cluster.ts'
import type { ProvidedCluster } from '../../cluster/node-access.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { ping } from '../../probe/ping.ts'

/** What every provider owes to the rest of the project, tried on a cluster of its making. The profile needs two workers. */
export function testProvider(title: string, profile: ClusterProfile, provide: () => Promise<ProvidedCluster>): void {
  describe(`a cluster of the provider ${title}`, () => {
    let provided: ProvidedCluster
    let cluster: Cluster
    let node: Node
    let near: Pod
    let far: Pod

    beforeAll(async () => {
      provided = await provide()
      cluster = await connectCluster(provided, { profile })
      const [first, second] = cluster.nodes.filter(({ role }) => role === 'worker')
      if (first === undefined || second === undefined) throw new Error('the profile needs two workers')
      node = first
      ;[near, far] = await Promise.all([
        cluster.runPod({ name: 'contract-near', node: first.profileName }),
        cluster.runPod({ name: 'contract-far', node: second.name }),
      ])
    })
    afterAll(async () => {
      await (cluster ?? provided)?.[Symbol.asyncDispose]()
    })

    it('says of every capability that it is there, or why it is not', () => {
      expect(Object.keys(cluster.capabilities).sort()).toEqual([...allCapabilities].sort())
      const lacks = Object.values(cluster.capabilities).filter((state) => state !== 'present')
      expect(lacks.filter(({ reason }) => !/\w{3}/.test(reason))).toEqual([])
    })

    it('finds nodes by their own name and by that of the profile', () => {
      expect(cluster.node(node.profileName)).toBe(node)
      expect(cluster.node(node.name)).toBe(node)
      expect(() => cluster.node('nobody')).toThrow('there is no node "nobody"')
    })

    it('reports how a command ended, with what it said', async () => {
      const result = await node.exec(['sh', '-c', 'cat; echo no >&2; exit 7'], { stdin: 'yes' })
      expect(result).toMatchObject({ exitCode: 7, signal: null, stdout: 'yes', stderr: 'no\n', timedOut: false })
    })

    it('takes words as they are', async () => {
      const words = ['', ' ', 'a b', '"', "'", '$HOME', '$(id)', '`id`', '\\', '*', '--', 'ä☃', 'line\nline', '$$(X)']
      const { stdout } = await node.exec(['sh', '-c', 'for w; do printf "<%s>" "$w"; done', 'sh', ...words])
      expect(stdout).toBe(words.map((word) => `<${word}>`).join(''))
    })

    it('carries bytes both ways without changing them', async () => {
      const content = Buffer.concat([randomBytes(300_001), Buffer.from('\u001e\n\0\r\n')])
      const path = `/tmp/contract-${randomBytes(4).toString('hex')}/file`
      await node.writeFile(path, content)
      expect((await node.readFile(path)).equals(content)).toBe(true)
      const { stdout } = await node.exec(['md5sum'], { stdin: content })
      expect(stdout).toBe((await node.exec(['sh', '-c', 'md5sum <"$1"', 'sh', path])).stdout)
      await node.writeFile(path, '')
      expect(await node.readFile(path)).toHaveLength(0)
      await node.exec(['rm', '-r', path.slice(0, -'/file'.length)])
      await expect(node.readFile(path)).rejects.toMatchObject({ code: 'E_EXEC_FAILED' })
    })

    it('carries input piece by piece, and its end', async () => {
      const running = await node.spawn(['cat'])
      running.stdin.write('one\n')
      const seen = await new Promise<string>((resolve) =>
        running.stdout.once('data', (chunk: Buffer) => resolve(String(chunk))),
      )
      expect(seen).toBe('one\n')
      running.stdin.end('two\n')
      expect(await text(running.stdout)).toBe('two\n')
      expect(await running.exited).toEqual({ exitCode: 0, signal: null })
    })

    it('runs a command as another user, and with its environment', async () => {
      const { stdout } = await node.exec(['sh', '-c', 'id -u; id -g; echo "$WORD"'], {
        uid: 1337,
        env: { WORD: 'a b' },
      })
      expect(stdout).toBe('1337\n1337\na b\n')
    })

    it('says of a missing program, node or pod that it is missing', async () => {
      await expect(node.exec(['no-such-program'])).rejects.toMatchObject({
        code: 'E_EXEC_FAILED',
        message: expect.stringContaining('no such program') as string,
      })
      await expect(node.exec(['/etc/passwd'])).rejects.toThrow('not executable')
      await expect(provided.access.spawn({ kind: 'node', name: 'nobody' }, ['true'])).rejects.toMatchObject({
        code: 'E_EXEC_FAILED',
      })
      const gone = provided.access.spawn({ kind: 'pod', namespace: 'default', name: 'nobody' }, ['true'])
      await expect(gone).rejects.toMatchObject({ code: 'E_EXEC_FAILED' })
    })

    it('kills a command whose time is over, with all that it has started', async () => {
      const seconds = `4${Math.floor(Math.random() * 1e6)}`
      const late = await node.exec(['sh', '-c', `sleep ${seconds} & sleep ${seconds}`], { timeoutMs: 200 })
      expect(late).toMatchObject({ timedOut: true, signal: 'SIGKILL', stderr: '' })
      expect((await node.exec(['pgrep', '-f', `^sleep ${seconds}`])).exitCode).toBe(1)
    })

    it('kills a command whose caller gives up, and passes other signals on', async () => {
      const giveUp = new AbortController()
      const running = await node.spawn(['sleep', '60'], { signal: giveUp.signal })
      giveUp.abort()
      expect(await running.exited).toEqual({ exitCode: null, signal: 'SIGKILL' })
      const polite = await node.spawn([
        'sh',
        '-c',
        'trap "echo bye; exit 3" INT; echo ready; while :; do sleep 0.05; done',
      ])
      let said = ''
      polite.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
      await expect.poll(() => said).toBe('ready\n')
      await polite.kill('SIGINT')
      expect(await polite.exited).toEqual({ exitCode: 3, signal: null })
      expect(said).toBe('ready\nbye\n')
    })

    it('loses none of a long output, nor the end of any of many commands at once', async () => {
      const { stdout } = await node.exec(['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x'])
      expect(stdout).toHaveLength(3_000_000)
      const codes = Array.from({ length: 32 }, (_, index) => index)
      const results = await Promise.all(
        codes.map((code) => (code % 2 ? node : near).exec(['sh', '-c', `echo ${code}; exit ${code}`])),
      )
      expect(results.map(({ exitCode }) => exitCode)).toEqual(codes)
      expect(results.map((result) => result.stdout)).toEqual(codes.map((code) => `${code}\n`))
    })

    it('does not wait for what a command leaves behind', async () => {
      const { stdout, durationMs } = await node.exec(['sh', '-c', 'sleep 20 & echo done'])
      expect(stdout).toBe('done\n')
      expect(durationMs).toBeLessThan(15_000)
    })

    it('enters the network of a pod, and finds it again when another pod has the name', async () => {
      const addressesOf = async (pod: Pod): Promise<string> =>
        (await pod.exec(['ip', '-o', 'address', 'show', 'eth0'])).stdout
      for (const pod of [near, far]) {
        const seen = await addressesOf(pod)
        for (const address of pod.addresses) expect(seen).toContain(` ${address}/`)
      }
      const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'contract-again', namespace: 'default' } }
      const first = await cluster.runPod({ name: 'contract-again', node: node.name })
      expect(await addressesOf(first)).toContain(` ${first.addresses[0]}/`)
      await cluster.delete([manifest])
      await expect(first.exec(['true'])).rejects.toMatchObject({ code: 'E_EXEC_FAILED' })
      const second = await cluster.runPod({ name: 'contract-again', node: far.node.name })
      expect(await addressesOf(second)).toContain(` ${second.addresses[0]}/`)
    })

    it('captures in a pod what another one sends', async () => {
      await using capture = await startCapture(far, { interface: 'eth0', filter: 'icmp' })
      const probe = await ping(near, far.addresses[0] ?? '', { count: 2 })
      expect(probe.outcome).toBe('ok')
      const result = await capture.stop()
      expect(result).toMatchObject({ complete: true })
      expect(result.packets.filter(({ ip }) => ip?.source === near.addresses[0])).toHaveLength(2)
    })

    it('shows the rules of a node with their counters', async () => {
      const { stdout, exitCode } = await node.exec(['iptables-save', '-c', '-t', 'nat'])
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^:POSTROUTING ACCEPT \[\d+:\d+\]$/m)
    })
  })
}
