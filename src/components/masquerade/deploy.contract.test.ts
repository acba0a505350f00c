import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { KubernetesObject, V1ConfigMap, V1DaemonSet } from '@kubernetes/client-node'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Node } from '../../cluster/cluster.ts'
import { deployMasquerade, type MasqueradeCluster, removeMasquerade } from './deploy.ts'

const run = promisify(execFile)
const entry = `import { masqueradeAgentCommand } from ${JSON.stringify(
  new URL('../../../dist/src/components/masquerade/agent-command.js', import.meta.url).href,
)}; process.exitCode = await masqueradeAgentCommand(process.argv.slice(1))`

/** A network namespace with what deploying asks of a node. */
class Space {
  readonly name: string
  readonly holder: ChildProcess
  agent: ChildProcess | undefined

  constructor(name: string) {
    this.name = name
    this.holder = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec sleep infinity'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  argv(argv: readonly string[]): string[] {
    return ['-t', String(this.holder.pid), '-n', '--', ...argv]
  }

  node(): Node {
    const exec: Node['exec'] = async (argv, options = {}) => {
      const pending = run('nsenter', this.argv(argv))
      // A program that ends before it has read its input is reported by its exit code.
      pending.child.stdin?.on('error', () => undefined).end(options.stdin ?? '')
      const failure = (error: { code: number; stdout: string; stderr: string }): typeof error => error
      const result = await pending.then((ok) => ({ ...ok, code: 0 }), failure)
      const { code: exitCode, stdout, stderr } = result
      return { argv, exitCode, signal: null, stdout, stderr, startedAtMs: 0, durationMs: 0, timedOut: false }
    }
    return { name: this.name, kind: 'node', addresses: [], podCidrs: [], exec } as unknown as Node
  }
}

/** Runs the DaemonSet's agent in every namespace, as kubelets do. */
class SpaceCluster implements MasqueradeCluster {
  readonly spaces: readonly Space[]
  readonly nodes: readonly Node[]
  readonly idle = new Set<string>()
  private readonly config: string

  constructor(spaces: readonly Space[], folder: string) {
    this.spaces = spaces
    this.nodes = spaces.map((space) => space.node())
    this.config = join(folder, 'config')
  }

  async apply(objects: readonly KubernetesObject[]): Promise<void> {
    for (const object of objects) {
      if (object.kind === 'ConfigMap') await writeFile(this.config, (object as V1ConfigMap).data?.['config'] ?? '')
      else this.startAgents((object as V1DaemonSet).spec?.template.spec?.containers[0]?.args?.slice(2) ?? [])
    }
  }

  async delete(objects: readonly KubernetesObject[]): Promise<void> {
    if (objects.some(({ kind }) => kind === 'ConfigMap')) await rm(this.config, { force: true })
    if (objects.some(({ kind }) => kind === 'DaemonSet')) for (const space of this.spaces) space.agent?.kill('SIGKILL')
  }

  private startAgents(flags: readonly string[]): void {
    for (const space of this.spaces.filter(({ name }) => !this.idle.has(name))) {
      if (space.agent !== undefined) continue
      const command = [process.execPath, '--input-type=module', '-e', entry, '--', '--config', this.config, ...flags]
      space.agent = spawn('nsenter', space.argv(command), { stdio: 'ignore' })
    }
  }
}

let folder: string
let cluster: SpaceCluster
const save = async (index: number, program = 'iptables-save'): Promise<string> =>
  (await cluster.nodes[index]?.exec([program, '-t', 'nat']))?.stdout ?? ''

beforeAll(async () => {
  await run('npx', ['tsc', '-p', 'tsconfig.build.json']).catch((error: { stdout: string }) => {
    if (/^src\/components\/masquerade/m.test(error.stdout)) throw new Error(error.stdout)
  })
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packetproof-deploy-'))
  const spaces = [new Space('worker-1'), new Space('worker-2')]
  await Promise.all(
    spaces.map(async ({ holder }) => {
      await new Promise((resolve) => holder.stdout?.once('data', resolve))
    }),
  )
  cluster = new SpaceCluster(spaces, folder)
})

afterEach(async () => {
  for (const { agent, holder } of cluster.spaces) {
    agent?.kill('SIGKILL')
    holder.kill('SIGKILL')
  }
  await rm(folder, { recursive: true })
})

describe('deploying the agent', () => {
  it('resolves when the rules are on every node, again after a changed configuration, and leaves nothing', async () => {
    const first = {
      config: { nonMasqueradeCIDRs: ['10.244.0.0/16', 'fd00::/8'], resyncInterval: '100ms' },
      args: ['--enable-ipv6'],
    }
    await deployMasquerade(cluster, first, { timeoutMs: 15_000 })
    for (const index of [0, 1]) {
      expect(await save(index)).toContain('-d 10.244.0.0/16')
      expect(await save(index, 'ip6tables-save')).toContain('-d fd00::/8')
    }
    await deployMasquerade(cluster, { ...first, config: 'nonMasqueradeCIDRs: [192.0.0.0/8]' }, { timeoutMs: 15_000 })
    expect(await save(1)).toContain('-d 192.0.0.0/8')
    await removeMasquerade(cluster, first, { timeoutMs: 15_000 })
    for (const index of [0, 1]) {
      expect(await save(index)).not.toContain('IP-MASQ')
      expect(await save(index, 'ip6tables-save')).not.toContain('IP-MASQ')
    }
  })

  it('names the node and what is missing when the rules do not come', async () => {
    cluster.idle.add('worker-2')
    await expect(deployMasquerade(cluster, {}, { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      message: 'worker-2: after 2000 ms there is not yet the IPv4 nat chain IP-MASQ-AGENT',
    })
    await deployMasquerade(cluster, { nodes: ['worker-1'] }, { timeoutMs: 15_000 })
  })

  it('names the rule that is not as configured', async () => {
    await deployMasquerade(cluster, {}, { timeoutMs: 15_000 })
    await cluster.nodes[0]?.exec(['iptables', '-t', 'nat', '-I', 'IP-MASQ-AGENT', '-d', '203.0.113.9', '-j', 'RETURN'])
    await expect(deployMasquerade(cluster, {}, { timeoutMs: 500 })).rejects.toThrow(
      'worker-1: after 500 ms there is not yet the IPv4 nat chain IP-MASQ-AGENT as configured (it is there but with the rule "-A IP-MASQ-AGENT -d 203.0.113.9/32 -j RETURN")',
    )
  })

  it('refuses a bad configuration, bad flags and an unknown node before anything is applied', async () => {
    await expect(deployMasquerade(cluster, { config: 'nonMasqueradeCIDRs: [10.0.0.1/8]' })).rejects.toThrow(
      'not aligned',
    )
    await expect(deployMasquerade(cluster, { args: ['--to-ports=4x'] })).rejects.toThrow('Invalid --to-ports flag')
    await expect(deployMasquerade(cluster, { nodes: ['worker-3'] })).rejects.toThrow('the nodes are worker-1, worker-2')
    expect(cluster.spaces.map(({ agent }) => agent)).toEqual([undefined, undefined])
  })
})
