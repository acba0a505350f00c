import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { ensureSuccess } from '../../cluster/ensure-success.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { deployForwardGuard } from './deploy.ts'
import { removeForwardGuard } from './remove.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await createCluster('forward-guard')
})

afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
})

async function guardOf(node: Node): Promise<string> {
  const rules = await ensureSuccess(node, ['iptables-save', '-t', 'filter'])
  const sets = await ensureSuccess(node, ['ipset', 'save'])
  const lines = [...rules.stdout.split('\n'), ...sets.stdout.split('\n').sort()]
  return lines.filter((line) => /^-A FORWARD .*cluster_|^add cluster_nodes /.test(line)).join('\n')
}

const rule =
  '-A FORWARD -i ens18 -m conntrack ! --ctstate RELATED,ESTABLISHED -m set ! --match-set cluster_nodes src ' +
  '-m set ! --match-set cluster_pods src -j REJECT --reject-with icmp-port-unreachable'
const guard = (...last: readonly number[]): string =>
  [rule, ...last.map((n) => `add cluster_nodes 172.18.10.${n}`)].join('\n')

describe('the guard in a cluster', () => {
  it('is on every node when deploying resolves, follows nodes, heals, and leaves nothing', async () => {
    const options = { ipv6: true, interval: '200ms' }
    await deployForwardGuard(cluster, options)
    for (const node of cluster.nodes) expect(await guardOf(node)).toBe(guard(1, 2, 3))

    const addresses = [
      { type: 'InternalIP', address: '172.18.10.61' },
      { type: 'InternalIP', address: 'fd00::61' },
    ]
    await cluster.api.core.createNode({ body: { metadata: { name: 'late' }, status: { addresses } } })
    const { status: _status, ...late } = await cluster.api.core.readNode({ name: 'late' })
    await cluster.api.core.replaceNodeStatus({ name: 'late', body: { ...late, status: { addresses } } })
    const everywhere = async (expected: string): Promise<boolean> =>
      (await Promise.all(cluster.nodes.map(guardOf))).every((text) => text === expected)
    await waitFor('the node that joined', () => everywhere(guard(1, 2, 3, 61)), { timeoutMs: 10_000 })
    await cluster.api.core.deleteNode({ name: 'late' })
    await waitFor('the node that left to be gone', () => everywhere(guard(1, 2, 3)), { timeoutMs: 10_000 })

    const [first] = cluster.nodes
    if (first === undefined) throw new Error('there is no node')
    await ensureSuccess(first, ['iptables', '-F', 'FORWARD'])
    await ensureSuccess(first, ['ipset', 'flush', 'cluster_nodes'])
    await waitFor('the guard to heal', () => everywhere(guard(1, 2, 3)), { timeoutMs: 10_000 })

    await removeForwardGuard(cluster, options)
    for (const node of cluster.nodes) {
      expect((await ensureSuccess(node, ['ipset', 'list', '-n'])).stdout).toBe('')
      expect(`${await guardOf(node)}${(await ensureSuccess(node, ['ip6tables-save'])).stdout}`).not.toContain(
        'cluster_',
      )
    }
  }, 120_000)

  it('says what is missing on which node, and the last line of the agent there', async () => {
    const [first] = cluster.nodes
    if (first === undefined) throw new Error('there is no node')
    await ensureSuccess(first, ['ipset', 'create', 'cluster_nodes', 'hash:net'])
    try {
      await expect(deployForwardGuard(cluster, {}, { timeoutMs: 6_000 })).rejects.toMatchObject({
        code: 'E_TIMEOUT',
        message: expect.stringMatching(
          /^node-1: after 6000 ms the guard is not in place: the set cluster_nodes exists as hash:net, family inet: expected hash:ip, family inet; the agent's last line is: .*left as it is/,
        ),
      })
      expect(await guardOf(first)).toBe('')
    } finally {
      await removeForwardGuard(cluster, {})
      expect((await ensureSuccess(first, ['ipset', 'list', '-n'])).stdout).toBe('cluster_nodes\n')
      await ensureSuccess(first, ['ipset', 'destroy', 'cluster_nodes'])
    }
  }, 60_000)
})
