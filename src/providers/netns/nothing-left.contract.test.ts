import { spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../../helpers/package-root.ts'
import { type ProcessIdentity, ProcessWatch } from '../../../helpers/processes.test-helper.ts'
import { waitFor } from '../../../helpers/wait-for.ts'
import { becomeOrdinaryUser } from './testing/ordinary-user.ts'

/** A harness of its own: makes a cluster with something running in it, says so, and waits to be killed. */
const HARNESS = `
const { createNetnsCluster } = await import(process.env.PACKETPROOF_ROOT + '/dist/src/providers/netns/provider.js')
const { profileSchema } = await import(process.env.PACKETPROOF_ROOT + '/dist/src/cluster/profile.js')
const profile = profileSchema.parse({ name: 'p', description: '', nodeSubnets: ['172.30.0.0/24'], podCidrs: ['10.30.0.0/16'],
  serviceCidrs: ['10.31.0.0/16'], nodes: [{ name: 'one' }, { name: 'two' }] })
const cluster = await createNetnsCluster(profile, { name: 'killed' })
const node = { kind: 'node', name: 'one' }
await cluster.access.spawn(node, ['sh', '-c', 'setsid sleep 1000 & sleep 1000'])
const ping = await cluster.access.spawn(node, ['ping', '-c', '1', '-W', '2', cluster.environment.two ?? '172.30.0.3'])
console.log(JSON.stringify({ ...(await ping.exited), users: cluster.environment.users }))
await new Promise(() => setInterval(() => undefined, 1000))
`

/** What the harness said, and what was left of it. */
async function killAfter(
  prefix: readonly string[],
  delayMs: number | 'ready',
  root = packageRoot(),
): Promise<{ readonly output: string; readonly left: readonly ProcessIdentity[] }> {
  const argv = [...prefix, process.execPath, '--input-type=module', '--eval', HARNESS]
  const harness = spawn(argv[0] ?? '', argv.slice(1), {
    cwd: '/',
    env: { PATH: process.env['PATH'], PACKETPROOF_ROOT: root },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  harness.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  harness.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  if (delayMs === 'ready') await waitFor('the cluster', () => output !== '', { timeoutMs: 20_000 })
  else await new Promise((resolve) => setTimeout(resolve, delayMs))
  // What is born between the look and the kill is in namespaces that the look has seen, or dies as a child of what it saw.
  using watch = new ProcessWatch().addDescendantsOf(harness.pid ?? -1)
  if (!harness.kill('SIGKILL')) throw new Error(`the harness ended before it was killed: ${output}`)
  await waitFor('the end of everything', () => watch.remains().length === 0, { timeoutMs: 5000 }).catch(() => undefined)
  return { output, left: watch.remains() }
}

describe('after SIGKILL of the harness', () => {
  it('leaves nothing of a cluster that was in use', async () => {
    const { output, left } = await killAfter([], 'ready')
    expect(output).toContain('"exitCode":0')
    expect(left).toEqual([])
  })

  it('leaves nothing of a cluster that was being made, whenever the harness died', async () => {
    for (let delayMs = 40; delayMs <= 400; delayMs += 30) expect((await killAfter([], delayMs)).left).toEqual([])
  })

  it('leaves nothing where /etc/hosts is a mount, as it is in a container', async ({ skip }) => {
    skip(userInfo().uid !== 0, 'only root can mount: run the tests as root')
    const { output, left } = await killAfter(
      ['unshare', '--mount', 'sh', '-c', 'mount --bind /etc/hosts /etc/hosts && exec "$@"', 'sh'],
      'ready',
    )
    expect(output).toContain('"exitCode":0')
    expect(left).toEqual([])
  })

  describe('of an ordinary user', () => {
    it('leaves nothing, whenever the harness died', async (context) => {
      using user = becomeOrdinaryUser(context, '200000:65536')
      const { output, left } = await killAfter(user.prefix, 'ready', user.root)
      expect(output).toContain('"exitCode":0,"signal":null,"users":"all users"')
      expect(left).toEqual([])
      for (let delayMs = 40; delayMs <= 400; delayMs += 60)
        expect((await killAfter(user.prefix, delayMs, user.root)).left).toEqual([])
    })

    it('runs a cluster with root as its only user where there are no subordinate ids', async (context) => {
      using user = becomeOrdinaryUser(context)
      const { output, left } = await killAfter(user.prefix, 'ready', user.root)
      expect(output).toContain('"exitCode":0,"signal":null,"users":"root only"')
      expect(left).toEqual([])
    })
  })
})
