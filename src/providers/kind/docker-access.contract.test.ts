import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import { AccessHost } from '../../cluster/access-host.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import type { Host } from '../../cluster/host.ts'
import { connectCluster } from '../../cluster/kube-cluster.ts'
import type { ProvidedCluster } from '../../cluster/node-access.ts'
import { profileSchema } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { createNetnsCluster } from '../netns/provider.ts'
import { DockerAccess } from './docker-access.ts'
import { PodNetworks } from './pod-networks.ts'
import { buildTestImage, dockerForTests, TEST_IMAGE } from './testing/docker-for-tests.ts'

const found = await dockerForTests()
const CONTAINER = `packetproof-test-${process.pid}-worker`
const LABELS = ['--label', 'io.x-k8s.kind.cluster=packetproof-test', '--label', 'io.x-k8s.kind.role=worker']
const PRIVILEGES = [
  '--cap-add=NET_ADMIN',
  '--cap-add=SYS_ADMIN',
  '--cap-add=SYS_PTRACE',
  '--security-opt=seccomp=unconfined',
]

/** The API of a netns cluster says where pods are; the pods' networks are namespaces in a container that stands for the node. */
describe('hosts that are containers', () => {
  let docker: Docker
  let provided: ProvidedCluster
  let cluster: Cluster
  let access: DockerAccess
  let node: Host
  let pod: Pod
  let podHost: Host

  const hostOf = (target: ConstructorParameters<typeof AccessHost>[1], kind: Host['kind'], name: string): Host =>
    new AccessHost(access, target, kind, name, [], () => undefined)

  beforeAll(async () => {
    if (!('docker' in found)) return
    docker = found.docker
    await buildTestImage(docker)
    const run = ['run', '--detach', '--name', CONTAINER, '--hostname', CONTAINER, '--init', ...LABELS, ...PRIVILEGES]
    await docker.run([...run, '--network=none', TEST_IMAGE])
    const profile = profileSchema.parse({
      name: 'docker-access',
      description: 'One node, of the name of a container.',
      nodeSubnets: ['172.30.0.0/24'],
      podCidrs: ['10.30.0.0/16'],
      serviceCidrs: ['10.31.0.0/16'],
      nodes: [{ name: CONTAINER }],
    })
    provided = await createNetnsCluster(profile, { name: 'docker-access' })
    cluster = await connectCluster(provided, { profile })
    pod = await cluster.runPod({ name: 'client', node: CONTAINER })
    const networks = new PodNetworks(docker, cluster.api.core)
    access = new DockerAccess(docker, { nodes: [CONTAINER], machines: new Map([['outsider', CONTAINER]]) }, networks)
    node = hostOf({ kind: 'node', name: CONTAINER }, 'node', CONTAINER)
    podHost = hostOf({ kind: 'pod', namespace: 'default', name: 'client' }, 'pod', 'client')
    await startSandbox()
  })

  afterAll(async () => {
    await provided?.[Symbol.asyncDispose]()
    await docker?.try(['rm', '--force', '--volumes', CONTAINER])
  })

  beforeEach((context) => {
    if ('reason' in found) context.skip(found.reason)
  })

  /** A network namespace that holds an interface named after the pod, and the runtime's knowledge of it. */
  async function startSandbox(): Promise<void> {
    const uid = (await cluster.api.core.readNamespacedPod({ namespace: 'default', name: 'client' })).metadata?.uid ?? ''
    const inside = `ip link add pod type veth peer name peer && echo $$ > /run/sandboxes/${uid} && exec sleep 1000000`
    await docker.run(['exec', '--detach', CONTAINER, 'unshare', '-n', 'sh', '-c', inside])
    await waitFor(
      'the sandbox',
      async () => (await docker.try(['exec', CONTAINER, 'test', '-s', `/run/sandboxes/${uid}`])).exitCode === 0,
      { timeoutMs: 10_000 },
    )
  }

  it('report how a command ended, with what it said', async () => {
    const result = await node.exec(['sh', '-c', 'cat; echo no >&2; exit 7'], { stdin: 'yes' })
    expect(result).toMatchObject({ exitCode: 7, signal: null, stdout: 'yes', stderr: 'no\n', timedOut: false })
  })

  it('take words as they are', async () => {
    const words = ['$HOME `id` "two words" \\n', '', '-n', "it's", '日本', '*']
    const { stdout } = await node.exec(['sh', '-c', 'for w; do printf "<%s>" "$w"; done', 'sh', ...words])
    expect(stdout).toBe(words.map((word) => `<${word}>`).join(''))
  })

  it('carry bytes both ways without changing them', async () => {
    const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256))
    await access.writeFile({ kind: 'node', name: CONTAINER }, '/tmp/bytes', bytes)
    expect(await access.readFile({ kind: 'node', name: CONTAINER }, '/tmp/bytes')).toEqual(bytes)
    expect((await access.readFile({ kind: 'machine', name: 'outsider' }, '/tmp/bytes')).length).toBe(4096)
  })

  it('say of a file that cannot be read or written why', async () => {
    await expect(node.readFile('/no/such')).rejects.toThrow(/cannot read \/no\/such on node ".*": .*No such file/)
    await expect(node.writeFile('/proc/no/such', 'x')).rejects.toThrow(/cannot write \/proc\/no\/such on node/)
  })

  it('run a command as another user, and with its environment', async () => {
    const command = ['sh', '-c', 'id -u; id -g; id -G; echo $GREETING']
    const { stdout } = await node.exec(command, { uid: 1337, env: { GREETING: 'hello you' } })
    expect(stdout).toBe('1337\n1337\n1337\nhello you\n')
  })

  it('say of a missing program, node, pod or machine that it is missing', async () => {
    await expect(node.exec(['no-such-program'])).rejects.toMatchObject({
      code: 'E_EXEC_FAILED',
      message: expect.stringContaining('"no-such-program": no such program in PATH') as string,
    })
    await expect(node.exec(['/etc/passwd'])).rejects.toThrow('not executable')
    await expect(access.spawn({ kind: 'node', name: 'three' }, ['true'])).rejects.toThrow('there is no node "three"')
    await expect(access.spawn({ kind: 'machine', name: 'x' }, ['true'])).rejects.toThrow('there are outsider')
    const nobody = access.spawn({ kind: 'pod', namespace: 'default', name: 'nobody' }, ['true'])
    await expect(nobody).rejects.toThrow('pod "default/nobody": there is no such pod')
  })

  it('say of a container that is gone that it is gone', async () => {
    const empty = new PodNetworks(docker, cluster.api.core)
    const broken = new DockerAccess(docker, { nodes: ['packetproof-no-such'], machines: new Map() }, empty)
    const spawned = broken.spawn({ kind: 'node', name: 'packetproof-no-such' }, ['true'])
    await expect(spawned).rejects.toMatchObject({
      code: 'E_EXEC_FAILED',
      message: expect.stringMatching(/no such container/i) as string,
    })
  })

  it('kill a command whose time is over, inside, with all that it has started', async () => {
    const late = await node.exec(['sh', '-c', 'sleep 4711 & sleep 4711'], { timeoutMs: 200 })
    expect(late).toMatchObject({ timedOut: true, signal: 'SIGKILL' })
    expect((await node.exec(['pgrep', '-f', 'sleep 4711'])).exitCode).toBe(1)
  })

  it('kill a command whose caller gives up', async () => {
    const giveUp = new AbortController()
    const running = await node.spawn(['sleep', '4712'], { signal: giveUp.signal })
    giveUp.abort()
    expect(await running.exited).toEqual({ exitCode: null, signal: 'SIGKILL' })
    await expect(node.spawn(['true'], { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late')
  })

  it('pass a signal on, and report the one that ended a command', async () => {
    const running = await node.spawn([
      'sh',
      '-c',
      'trap "echo got it; exit 3" INT; echo ready; while :; do sleep 0.05; done',
    ])
    let said = ''
    running.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await waitFor('its first word', () => said.includes('ready'), { timeoutMs: 5000 })
    await running.kill('SIGINT')
    expect(await running.exited).toEqual({ exitCode: 3, signal: null })
    expect(said).toBe('ready\ngot it\n')
    const ended = await node.exec(['sh', '-c', 'kill -TERM $$'])
    expect(ended).toMatchObject({ exitCode: null, signal: 'SIGTERM' })
  })

  it('lose none of a long output', async () => {
    const { stdout } = await node.exec(['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x'])
    expect(stdout).toHaveLength(3_000_000)
  })

  it('do not mistake what a command prints for what they say themselves', async () => {
    const { stderr, exitCode } = await node.exec(['sh', '-c', "printf '\\001missing\\n' >&2; exit 127"])
    expect({ stderr, exitCode }).toEqual({ stderr: '\u0001missing\n', exitCode: 127 })
  })

  describe("that are pods' networks", () => {
    it('are entered from the node, with its files', async () => {
      await node.writeFile('/tmp/of-the-node', 'here')
      const { stdout } = await podHost.exec([
        'sh',
        '-c',
        'ip -o link | grep -c " pod@"; cat /tmp/of-the-node; hostname',
      ])
      expect(stdout).toBe(`1\nhere${CONTAINER}\n`)
      expect((await node.exec(['ip', '-o', 'link'])).stdout).not.toContain(' pod@')
      expect((await podHost.readFile('/tmp/of-the-node')).toString()).toBe('here')
    })

    it('run commands as another user', async () => {
      const { stdout } = await podHost.exec(['sh', '-c', 'id -u; id -G; ip -o link | grep -c " pod@"'], { uid: 1337 })
      expect(stdout).toBe('1337\n1337\n1\n')
    })

    it('are looked for again when the pod has got another sandbox', async () => {
      await node.exec(['pkill', '-f', 'sleep 1000000'])
      await startSandbox()
      expect((await podHost.exec(['ip', '-o', 'link'])).stdout).toContain(' pod@')
    })

    it('are missed when the pod has no sandbox', async () => {
      await node.exec(['sh', '-c', 'rm /run/sandboxes/*; pkill -f "sleep 1000000"'])
      await expect(podHost.exec(['true'])).rejects.toThrow(
        /cannot enter pod "default\/client" on .*: it has no sandbox/,
      )
      expect(pod.name).toBe('client')
    })
  })
})
