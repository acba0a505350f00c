import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Node, Pod } from '../../cluster/cluster.ts'
import { ensureSuccess } from '../../cluster/ensure-success.ts'
import { ping } from '../../probe/ping.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { noWireguard, readWireguardSupport } from '../../providers/netns/client/wireguard-support.ts'
import { deployEncryption } from './deploy.ts'
import { publicKeyAnnotation } from './names.ts'
import { newKey } from './objects.test-helper.ts'
import { removeEncryption } from './remove.ts'
import { parseWgShow, type ShownDevice } from './wg-show.ts'

const isMissing = (await readWireguardSupport()).startsWith(noWireguard)
const wait = { timeoutMs: 10_000 }

describe.skipIf(isMissing)(
  'encryption in a cluster (needs WireGuard, or wireguard-go and /dev/net/tun)',
  () => {
    let cluster: Cluster
    let pods: Pod[]
    let [first, second]: [Node, Node] = [] as never

    beforeAll(async () => {
      cluster = await createCluster('encryption')
      ;[first, second] = cluster.nodes as [Node, Node, Node]
      pods = await Promise.all(cluster.nodes.map((node, at) => cluster.runPod({ name: `pod-${at}`, node: node.name })))
      await deployEncryption(cluster, { interval: '500ms', strict: true })
    }, 60_000)
    afterAll(async () => {
      await cluster?.[Symbol.asyncDispose]()
    })

    const show = async (node: Node): Promise<ShownDevice> =>
      parseWgShow((await ensureSuccess(node, ['wg', 'show', 'cilium_wg0'])).stdout)
    const text = async (node: Node, ...argv: string[]): Promise<string> => (await ensureSuccess(node, argv)).stdout
    const talks = async (from: number, to: number): Promise<string> =>
      (await ping(pods[from] as Pod, pods[to]?.addresses[0] ?? '', { count: 1 })).outcome
    const annotate = async (node: Node, key: string | null): Promise<void> => {
      const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
      const body = { metadata: { annotations: { [publicKeyAnnotation]: key } } }
      await cluster.api.core.patchNode(
        { name: node.name, body },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      )
    }

    it('is in place when deploying resolves: a peer for each other node, with its pods', async () => {
      for (const [at, node] of cluster.nodes.entries()) {
        const device = await show(node)
        const others = pods.filter((_, index) => index !== at)
        const prefixes = ({ addresses }: Pod): string[] => addresses.map((a) => `${a}/${a.includes(':') ? 128 : 32}`)
        const allowed = device.peers.map(({ allowedIps }) => allowedIps.join()).toSorted()
        expect(allowed).toEqual(others.map((pod) => prefixes(pod).toSorted().join()).toSorted())
        expect(device).toMatchObject({ listenPort: 51871, fwmark: 0, privateKeyHidden: true })
        expect(await text(node, 'stat', '-c', '%a %s', '/run/cilium/state/cilium_wg0.key')).toBe('600 32\n')
      }
      expect(await talks(0, 1)).toBe('ok')
    })

    it('shows a private key to nobody: not in logs, arguments or objects', async () => {
      const key = (await first.readFile('/run/cilium/state/cilium_wg0.key')).toString('base64')
      expect(key).toHaveLength(44)
      const { items } = await cluster.api.core.listPodForAllNamespaces()
      const agent = items.find(({ metadata, spec }) => metadata?.labels?.['k8s-app'] && spec?.nodeName === first.name)
      const name = agent?.metadata?.name ?? ''
      const seen = await Promise.all([
        ...['agent', 'device'].map((container) =>
          cluster.api.core.readNamespacedPodLog({ namespace: 'kube-system', name, container }),
        ),
        text(first, 'ps', 'axww'),
        text(first, 'sh', '-c', 'cat /proc/[0-9]*/environ | tr "\\0" "\\n"'),
        cluster.api.core.listNode().then((nodes) => JSON.stringify(nodes)),
        Promise.resolve(JSON.stringify(items)),
      ])
      expect(seen.join('\n')).toContain('set the private key')
      for (const part of seen) expect(part).not.toContain(key)
    })

    it('heals what others break', async () => {
      await ensureSuccess(first, [
        'sh',
        '-c',
        'ip rule del pref 1; ip route flush table 201; ip link set cilium_wg0 down',
      ])
      await ensureSuccess(first, [
        'sh',
        '-c',
        'iptables -t mangle -F; ipset flush encrypt_pods4; wg set cilium_wg0 fwmark 0x1e00; nft delete table ip packetproof-encryption',
      ])
      const [peer] = (await show(first)).peers
      await ensureSuccess(first, ['wg', 'set', 'cilium_wg0', 'peer', peer?.publicKey ?? '', 'remove'])
      await waitFor(
        'pods to talk again',
        async () => (await talks(0, 1)) === 'ok' && (await talks(0, 2)) === 'ok',
        wait,
      )
      const device = await show(first)
      expect(device).toMatchObject({ fwmark: 0 })
      expect(device.peers).toHaveLength(2)
      expect(await text(first, 'iptables-save', '-t', 'mangle')).toContain('-A POSTROUTING -j ENCRYPT-STRICT')
      expect(await text(first, 'nft', 'list', 'tables')).toContain('table ip packetproof-encryption')
    })

    it('outlives its agent, which finds everything as it should be', async () => {
      const before = await show(first)
      await ensureSuccess(first, ['pkill', '-KILL', '-f', 'agent encryptio[n]'])
      expect(await talks(0, 1)).toBe('ok')
      const late = await cluster.runPod({ name: 'late', node: second.name })
      const prefix = `${late.addresses[0] ?? ''}/32`
      await waitFor(
        'the new agent to know the new pod',
        async () => (await show(first)).peers.some(({ allowedIps }) => allowedIps.includes(prefix)),
        wait,
      )
      expect((await show(first)).publicKey).toBe(before.publicKey)
      await cluster.delete([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'late', namespace: 'default' } }])
      await waitFor(
        'the pod to be forgotten',
        async () => (await show(first)).peers.every(({ allowedIps }) => !allowedIps.includes(prefix)),
        wait,
      )
    })

    it('has a new key when the old one is deleted, and the others follow', async () => {
      const { publicKey } = await show(first)
      await ensureSuccess(first, ['rm', '/run/cilium/state/cilium_wg0.key'])
      await waitFor(
        'the other node to know the new key',
        async () => {
          const [own, other] = [await show(first), await show(second)]
          return own.publicKey !== publicKey && other.peers.some((peer) => peer.publicKey === own.publicKey)
        },
        wait,
      )
      expect((await show(second)).peers.some((peer) => peer.publicKey === publicKey)).toBe(false)
      await waitFor('pods to talk under the new key', async () => (await talks(1, 0)) === 'ok', wait)
    })

    it('refuses keys that are none and keys that another node has, and sends nothing there in plain', async () => {
      const logs = async (): Promise<string> => {
        const { items } = await cluster.api.core.listNamespacedPod({
          namespace: 'kube-system',
          labelSelector: 'k8s-app=encryption',
        })
        const name = items.find(({ spec }) => spec?.nodeName === second.name)?.metadata?.name ?? ''
        return await cluster.api.core.readNamespacedPodLog({ namespace: 'kube-system', name, container: 'agent' })
      }
      const third = cluster.nodes[2] as Node
      const key = (await show(third)).publicKey ?? ''
      const spare = { metadata: { name: 'spare', annotations: { [publicKeyAnnotation]: key } } }
      await cluster.api.core.createNode({ body: spare })
      const { status: _, ...created } = await cluster.api.core.readNode({ name: 'spare' })
      const addresses = [{ type: 'InternalIP', address: '172.18.0.77' }]
      await cluster.api.core.replaceNodeStatus({ name: 'spare', body: { ...created, status: { addresses } } })
      await waitFor(
        'the duplicate to be named',
        async () =>
          (await logs()).includes(
            `detected duplicate public key. node "spare" uses same key as existing node "${third.name}"`,
          ),
        wait,
      )
      expect((await show(second)).peers.map(({ endpoint }) => endpoint)).not.toContain('172.18.0.77:51871')
      await cluster.api.core.patchNode({
        name: 'spare',
        body: [{ op: 'replace', path: '/metadata/annotations', value: { [publicKeyAnnotation]: 'c2hvcnQ=' } }],
      })
      await waitFor('the short key to be named', async () => (await logs()).includes('found 5 bytes'), wait)
      const ofSpare = async (): Promise<boolean> =>
        (await show(second)).peers.some(({ endpoint }) => endpoint === '172.18.0.77:51871')
      const path = `/metadata/annotations/${publicKeyAnnotation.replace('/', '~1')}`
      await cluster.api.core.patchNode({ name: 'spare', body: [{ op: 'replace', path, value: newKey() }] })
      await waitFor('the node to be a peer once its key is one', ofSpare, wait)
      await cluster.api.core.deleteNode({ name: 'spare' })
      await waitFor('the node that left to be no peer any more', async () => !(await ofSpare()), wait)
    })

    it('publishes its key again when somebody takes the annotation away', async () => {
      await annotate(second, null)
      await waitFor(
        'the annotation',
        async () => {
          const { metadata } = await cluster.api.core.readNode({ name: second.name })
          return metadata?.annotations?.[publicKeyAnnotation] === (await show(second)).publicKey
        },
        wait,
      )
    })

    it('leaves nothing', async () => {
      await removeEncryption(cluster, { strict: true })
      for (const node of cluster.nodes) {
        const left = await text(
          node,
          'sh',
          '-c',
          'ip link show cilium_wg0; ip rule; ip -6 rule; ip route show table 201; iptables-save -t mangle; ip6tables-save -t mangle; ipset list -n; nft list tables; ls /run; pgrep -a wireguard; true',
        )
        expect(left).not.toMatch(/201|ENCRYPT|encrypt_|-encryption|cilium|wireguard/)
        const { metadata } = await cluster.api.core.readNode({ name: node.name })
        expect(metadata?.annotations ?? {}).not.toHaveProperty([publicKeyAnnotation])
      }
    })

    it('says that the port is in use, and drops rather than leaks meanwhile', async () => {
      const squatter = await first.spawn(['nc.openbsd', '-u', '-l', '51871'])
      await waitFor(
        'the port to be taken',
        async () => (await text(first, 'ss', '-Hlun', 'sport = :51871')) !== '',
        wait,
      )
      await expect(deployEncryption(cluster, { strict: true }, { timeoutMs: 3000 })).rejects.toMatchObject({
        message: expect.stringContaining('UDP port 51871 is in use by '),
      })
      expect(await talks(0, 1)).toBe('timed-out')
      await squatter.kill('SIGKILL')
      await deployEncryption(cluster, { strict: true })
      expect(await talks(0, 1)).toBe('ok')
    })
  },
  30_000,
)
