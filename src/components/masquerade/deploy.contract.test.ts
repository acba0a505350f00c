import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../cluster/cluster.ts'
import { profileSchema } from '../../cluster/profile.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { deployMasquerade, removeMasquerade } from './deploy.ts'
import { agentLabels, agentNamespace } from './manifest.ts'

const profile = profileSchema.parse({
  name: 'deploy',
  description: 'two workers',
  nodeSubnets: ['172.18.0.0/16', 'fd00:18::/64'],
  podCidrs: ['10.244.0.0/16', 'fd00:244::/48'],
  serviceCidrs: ['10.96.0.0/16', 'fd00:96::/112'],
  nodes: [
    { name: 'worker-1', labels: { chosen: 'yes' } },
    { name: 'worker-2' },
    { name: 'control-plane', role: 'control-plane' },
  ],
})
const workers = ['worker-1', 'worker-2']
const soon = { timeoutMs: 30_000 }

describe('deploying the agent', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await createCluster(profile)
  })
  afterEach(async () => removeMasquerade(cluster, { args: ['--enable-ipv6'] }, soon))
  afterAll(async () => cluster[Symbol.asyncDispose]())

  const save = async (node: string, program = 'iptables-save'): Promise<string> =>
    (await cluster.node(node).exec([program, '-t', 'nat'])).stdout

  it('resolves when the rules are on every node, again after a changed configuration, and leaves nothing', async () => {
    const first = {
      config: { nonMasqueradeCIDRs: ['10.244.0.0/16', 'fd00::/8'], resyncInterval: '100ms' },
      args: ['--enable-ipv6'],
    }
    await deployMasquerade(cluster, first, soon)
    for (const worker of workers) {
      expect(await save(worker)).toContain('-d 10.244.0.0/16')
      expect(await save(worker, 'ip6tables-save')).toContain('-d fd00::/8')
    }
    await deployMasquerade(cluster, { ...first, config: 'nonMasqueradeCIDRs: [192.0.0.0/8]' }, soon)
    for (const worker of workers) expect(await save(worker)).toContain('-d 192.0.0.0/8')
    await removeMasquerade(cluster, first, soon)
    for (const worker of workers) {
      expect(await save(worker)).not.toContain('IP-MASQ')
      expect(await save(worker, 'ip6tables-save')).not.toContain('IP-MASQ')
    }
  })

  it('names the node and what is missing when the rules do not come', async () => {
    const options = { nodeSelector: { chosen: 'yes' } }
    await expect(deployMasquerade(cluster, { ...options, nodes: workers }, { timeoutMs: 2000 })).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      message:
        'worker-2: after 2000 ms there is not yet the IPv4 nat chain IP-MASQ-AGENT; no agent pod is on this node',
    })
  })

  it('expects rules where the scheduler puts the agent: not on tainted nodes, nor where the selector does not lead', async () => {
    await deployMasquerade(cluster, { nodeSelector: { chosen: 'yes' } }, soon)
    expect(await save('worker-1')).toContain('IP-MASQ-AGENT')
    for (const node of ['worker-2', 'control-plane']) expect(await save(node)).not.toContain('IP-MASQ-AGENT')
  })

  it("names the rule that is not as configured, and the agent's last words", async () => {
    await deployMasquerade(cluster, {}, soon)
    const foreign = ['iptables', '-t', 'nat', '-I', 'IP-MASQ-AGENT', '-d', '203.0.113.9', '-j', 'RETURN']
    expect(await cluster.node('worker-1').exec(foreign)).toMatchObject({ exitCode: 0 })
    const inVain = deployMasquerade(cluster, {}, { timeoutMs: 500 })
    await expect(inVain).rejects.toThrow(
      'worker-1: after 500 ms there is not yet the IPv4 nat chain IP-MASQ-AGENT as configured (it is there but with the rule "-A IP-MASQ-AGENT -d 203.0.113.9/32 -j RETURN")',
    )
    await expect(inVain).rejects.toThrow("the agent's last line is: ")
  })

  it('refuses a bad configuration, bad flags and an unknown node before anything is applied', async () => {
    const bad = { config: 'nonMasqueradeCIDRs: [10.0.0.1/8]' }
    await expect(deployMasquerade(cluster, bad)).rejects.toThrow('not aligned')
    await expect(deployMasquerade(cluster, { args: ['--to-ports=4x'] })).rejects.toThrow('Invalid --to-ports flag')
    await expect(deployMasquerade(cluster, { nodes: ['worker-3'] })).rejects.toThrow('there is no node "worker-3"')
    const labelSelector = `k8s-app=${agentLabels['k8s-app']}`
    const selected = { namespace: agentNamespace, labelSelector }
    expect((await cluster.api.apps.listNamespacedDaemonSet(selected)).items).toEqual([])
    expect((await cluster.api.core.listNamespacedPod(selected)).items).toEqual([])
  })
})
