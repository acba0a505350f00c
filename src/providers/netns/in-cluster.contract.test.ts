import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireKubectl } from '../../../helpers/kubectl.test-helper.ts'
import { packageRoot } from '../../../helpers/package-root.ts'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { connectCluster } from '../../cluster/kube-cluster.ts'
import type { ProvidedCluster } from '../../cluster/node-access.ts'
import { profileSchema } from '../../cluster/profile.ts'
import { findTool } from './client/find-tool.ts'
import { createNetnsCluster } from './provider.ts'

const profile = profileSchema.parse({
  name: 'in-cluster',
  description: 'A control plane and a worker, in both families.',
  nodeSubnets: ['172.30.0.0/24', 'fd00:30::/64'],
  podCidrs: ['10.30.0.0/16', 'fd00:31::/48'],
  serviceCidrs: ['10.31.0.0/16', 'fd00:32::/112'],
  nodes: [{ name: 'cp', role: 'control-plane' }, { name: 'worker' }],
})

const kubectl = `host:${findTool('kubectl') ?? ''}`
const node = `host:${process.execPath}`
const getNodes = { image: kubectl, args: ['get', 'nodes', '-o', 'name'] }
const networks = [
  { network: 'own', hostNetwork: false },
  { network: "its node's", hostNetwork: true },
]

/** Node.js with a module given as text. */
function script(text: string): object {
  return { image: node, args: ['--input-type=module', '--eval', text] }
}

const watchNodes = script(`
  import { watchResources } from ${JSON.stringify(join(packageRoot(), 'dist/src/components/kube-watch/watch-resources.js'))}
  const onChange = (nodes) => console.log([...nodes.keys()].sort().join())
  const onError = (error) => console.log(error.message)
  await watchResources({ path: '/api/v1/nodes', onChange, onError, signal: new AbortController().signal })
`)

describe('the API inside the cluster', () => {
  let provided: ProvidedCluster
  let cluster: Cluster
  let count = 0

  beforeAll(async () => {
    provided = await createNetnsCluster(profile, { name: 'in-cluster' })
    cluster = await connectCluster(provided, { profile })
  })

  afterAll(async () => {
    await provided?.[Symbol.asyncDispose]()
  })

  /** Makes a pod on the worker; its name. */
  async function start(container: object, spec: object = {}, namespace = 'default'): Promise<string> {
    count += 1
    const name = `pod-${count}`
    const containers = [{ name: 'main', ...container }]
    const rest = { nodeName: 'worker', restartPolicy: 'Never', ...spec }
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { ...rest, containers } } as never,
    ])
    return name
  }

  /** What a pod's container printed, once it has ended, and how it ended. */
  async function run(container: object, spec: object = {}, namespace = 'default'): Promise<string> {
    const name = await start(container, spec, namespace)
    const phase = await waitFor(
      `the end of ${name}`,
      async () => {
        const { status } = await cluster.api.core.readNamespacedPod({ name, namespace })
        return ['Succeeded', 'Failed'].includes(status?.phase ?? '') && status?.phase
      },
      { timeoutMs: 20_000 },
    )
    return `${phase}: ${(await cluster.logs(namespace, name)).trim()}`
  }

  const onWorker = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await cluster.node('worker').exec(argv)
    expect(`${exitCode} ${stderr}`).toBe('0 ')
    return stdout
  }

  describe.each(networks)('for a pod in a network of $network', ({ hostNetwork }) => {
    it('answers kubectl, with nothing but the configuration of a pod', async (context) => {
      requireKubectl(context)
      expect(await run(getNodes, { hostNetwork })).toBe('Succeeded: node/cp\nnode/worker')
    })

    it('answers @kubernetes/client-node', async () => {
      const client = join(packageRoot(), 'node_modules/@kubernetes/client-node/dist/index.js')
      const text = `
        import { CoreV1Api, KubeConfig } from ${JSON.stringify(client)}
        const config = new KubeConfig()
        config.loadFromCluster()
        const { items } = await config.makeApiClient(CoreV1Api).listNode()
        console.log(items.map(({ metadata }) => metadata.name).join(), config.getContextObject('inClusterContext').namespace)
      `
      expect(await run(script(text), { hostNetwork }, 'kube-system')).toBe('Succeeded: cp,worker kube-system')
    })

    it('tells a watcher of nodes about a new node', async () => {
      const name = await start(watchNodes, { hostNetwork })
      const until = async (line: string): Promise<void> => {
        const lastLine = async (): Promise<string | undefined> =>
          (await cluster.logs('default', name).catch(() => '')).trim().split('\n').at(-1)
        await waitFor(`the line ${line}`, async () => (await lastLine()) === line, { timeoutMs: 20_000 })
      }
      await until('cp,worker')
      const third = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'third' } }
      await cluster.apply([third])
      await until('cp,third,worker')
      await cluster.delete([third])
      await until('cp,worker')
      await cluster.api.core.deleteNamespacedPod({ name, namespace: 'default', gracePeriodSeconds: 0 })
    })
  })

  it('is what the environment and the files of every pod say', async () => {
    const line = [
      'exec 2>&1',
      'echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT:$KUBERNETES_SERVICE_PORT_HTTPS',
      'cd /var/run/secrets/kubernetes.io/serviceaccount && ls && cat namespace && touch token',
    ].join('; ')
    const container = { image: 'busybox', command: ['sh', '-c', line] }
    const files = 'ca.crt\nnamespace\ntoken\ndefaulttouch: token: Read-only file system'
    expect(await run(container, { enableServiceLinks: false })).toBe(`Failed: 10.31.0.1:443:443\n${files}`)
    expect(await run(container, { hostNetwork: true })).toBe(`Failed: 127.0.0.1:6443:6443\n${files}`)
  })

  it('gives no token to a pod that wants none, nor to one whose ServiceAccount says so', async () => {
    const container = { image: 'busybox', command: ['ls', '/var/run/secrets'] }
    const nothing = 'Failed: ls: /var/run/secrets: No such file or directory'
    expect(await run(container, { automountServiceAccountToken: false })).toBe(nothing)
    const metadata = { name: 'quiet', namespace: 'default' }
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false }
    await cluster.apply([account])
    expect(await run(container, { serviceAccountName: 'quiet' })).toBe(nothing)
    const insisting = { serviceAccountName: 'quiet', automountServiceAccountToken: true }
    expect(await run(container, insisting)).toBe('Succeeded: kubernetes.io')
  })

  it('is reached without a packet on the wire, and without a rule', async (context) => {
    requireKubectl(context)
    const capture = await cluster.node('worker').spawn(['tcpdump', '-n', '-l', '-i', 'eth0', 'tcp or icmp'])
    let seen = ''
    let complaint = ''
    capture.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    capture.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
    await waitFor('tcpdump to listen', () => complaint.includes('listening on'), { timeoutMs: 5000 })
    for (const { hostNetwork } of networks) {
      expect(await run(getNodes, { hostNetwork })).toBe('Succeeded: node/cp\nnode/worker')
    }
    await onWorker('ping', '-c', '1', '172.30.0.2')
    await waitFor('the ping in the capture', () => seen.includes('echo reply'), { timeoutMs: 5000 })
    await capture.kill('SIGINT')
    await capture.exited
    expect(seen.split('\n').filter((line) => line !== '' && !line.includes(' ICMP '))).toEqual([])
    expect(await onWorker('iptables-save')).not.toContain('-A ')
  })

  it('leaves the source of other traffic alone: a node speaks to its pods from its own address', async () => {
    const pod = await cluster.runPod({ name: 'listener', node: 'worker' })
    expect(await onWorker('ip', 'route', 'get', pod.addresses[0] ?? '')).toContain(' src 172.30.0.3 ')
    expect(await onWorker('ip', '-brief', 'address')).not.toContain('10.31.')
  })

  it('is out of reach while a rule of the node says so', async (context) => {
    requireKubectl(context)
    const rule = ['INPUT', '-i', 'lo', '-p', 'tcp', '--dport', '6443', '-j', 'REJECT', '--reject-with', 'tcp-reset']
    await onWorker('iptables', '-A', ...rule)
    expect(await run(getNodes, { hostNetwork: true })).toMatch(/^Failed: [^]*127\.0\.0\.1:6443 was refused/)
    await onWorker('iptables', '-D', ...rule)
    expect(await run(getNodes, { hostNetwork: true })).toBe('Succeeded: node/cp\nnode/worker')
  })

  it('has the Service "kubernetes", which comes back, and whose endpoint answers', async (context) => {
    requireKubectl(context)
    const read = async (): Promise<string | undefined> =>
      (await cluster.api.core.readNamespacedService({ name: 'kubernetes', namespace: 'default' })).spec?.clusterIP
    expect(await read()).toBe('10.31.0.1')
    await cluster.api.core.deleteNamespacedService({ name: 'kubernetes', namespace: 'default' })
    await waitFor('the Service to come back', read, { timeoutMs: 5000 })
    const endpoints = await cluster.api.core.readNamespacedEndpoints({ name: 'kubernetes', namespace: 'default' })
    const [subset] = endpoints.subsets ?? []
    const endpoint = `${subset?.addresses?.[0]?.ip}:${subset?.ports?.[0]?.port}`
    expect(endpoint).toBe('172.30.0.2:6443')
    const kubeconfig = provided.kubeconfig.replace(/127\.0\.0\.1:\d+/, endpoint)
    await cluster.node('worker').writeFile('/run/kubeconfig', kubeconfig)
    expect(await onWorker('kubectl', '--kubeconfig', '/run/kubeconfig', 'get', 'nodes', '-o', 'name')).toBe(
      'node/cp\nnode/worker\n',
    )
  })
})
