import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { profileSchema } from '../../cluster/profile.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { deploySidecar, removeSidecar, runSidecarPods } from './deploy.ts'

const profile = profileSchema.parse({
  name: 'sidecar-deploy',
  description: 'one node',
  nodeSubnets: ['172.18.0.0/16'],
  podCidrs: ['10.244.0.0/16'],
  serviceCidrs: ['10.96.0.0/16'],
  nodes: [{ name: 'worker' }],
})
const options = { namespace: 'mesh' }
const containers = [{ name: 'app', image: 'busybox', command: ['sleep', '2147483647'] }]

describe('a namespace with the sidecar', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await createCluster(profile)
    await deploySidecar(cluster, options)
  })
  afterAll(async () => cluster[Symbol.asyncDispose]())

  it('gives its pods rules and a proxy, those of a Deployment too', async () => {
    const [pod] = await runSidecarPods(cluster, [{ metadata: { name: 'one' }, spec: { containers } }], options)
    expect((await pod?.exec(['iptables-save', '-t', 'nat']))?.stdout).toContain(
      '-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT',
    )
    const labels = { app: 'many' }
    await cluster.apply([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'many', namespace: 'mesh' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
      } as object,
    ])
    const names = await waitFor(
      'the pod of the Deployment',
      async () => {
        const { items } = await cluster.api.core.listNamespacedPod({ namespace: 'mesh', labelSelector: 'app=many' })
        return items[0]?.spec?.containers.map(({ name }) => name)
      },
      { timeoutMs: 10_000 },
    )
    expect(names).toEqual(['app', 'istio-proxy'])
  })

  it('leaves a pod alone that says so, and refuses one whose annotations cannot be read', async () => {
    const create = async (name: string, annotations: Record<string, string>) =>
      await cluster.api.core.createNamespacedPod({
        namespace: 'mesh',
        body: { metadata: { name, annotations }, spec: { containers } },
      })
    const spared = await create('spared', { 'sidecar.istio.io/inject': 'false' })
    expect(spared.spec?.containers.map(({ name }) => name)).toEqual(['app'])
    await expect(create('wrong', { 'traffic.sidecar.istio.io/excludeInboundPorts': '70000' })).rejects.toMatchObject({
      code: 400,
      body: expect.stringContaining('denied the request') as unknown,
    })
  })

  it('tells how to install istiod where the upstream variant finds none', async () => {
    await expect(deploySidecar(cluster, { ...options, variant: 'upstream' })).rejects.toMatchObject({
      code: 'E_CLUSTER',
      hint: expect.stringMatching(/helm upgrade --install istiod istiod .*--version 1\.30\.4/) as unknown,
    })
  })

  it('goes away with its pods', async () => {
    await removeSidecar(cluster, options)
    const { items } = await cluster.api.core.listNamespacedPod({ namespace: 'mesh' })
    expect(items).toEqual([])
  })
})
