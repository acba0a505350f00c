import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { connectCluster } from '../../cluster/kube-cluster.ts'
import { loadProfile } from '../../cluster/load-profile.ts'
import type { ProvidedCluster } from '../../cluster/node-access.ts'
import { createNetnsCluster } from '../netns/provider.ts'
import { connect } from './connect.ts'
import { listLeftovers, removeLeftovers } from './leftovers.ts'
import { borrowCluster } from './provider.ts'

const profile = loadProfile('masquerade')
const folder = mkdtempSync(join(tmpdir(), 'packetproof-borrow-'))
const kubeconfig = join(folder, 'kubeconfig')
let lent: ProvidedCluster
let owner: Cluster
let config: KubeConfig

beforeAll(async () => {
  process.env['XDG_STATE_HOME'] = folder
  lent = await createNetnsCluster(profile, { name: 'lent' })
  owner = await connectCluster(lent, { profile })
  writeFileSync(kubeconfig, lent.kubeconfig, { mode: 0o600 })
  config = new KubeConfig()
  config.loadFromString(lent.kubeconfig)
})
afterAll(async () => {
  await lent?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const borrow = (more: object = {}): Promise<ProvidedCluster> =>
  borrowCluster(profile, { name: 'borrowed', kubeconfig, yes: true, ...more })

async function namesOfAll(): Promise<string[]> {
  const { core, apps } = owner.api
  const lists = await Promise.all([
    core.listNamespace(),
    core.listPodForAllNamespaces(),
    core.listConfigMapForAllNamespaces(),
    core.listServiceForAllNamespaces(),
    apps.listDaemonSetForAllNamespaces(),
  ])
  const nodes = (await core.listNode()).items.map(({ metadata }) => JSON.stringify(metadata?.labels))
  return [
    ...lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)),
    ...nodes,
  ]
}

const configMap = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { key: 'value' },
})

describe('a borrowed cluster', () => {
  it('is given back as it was', async () => {
    const before = await namesOfAll()
    await owner.labelNode('worker-2', { kept: 'old' })
    const between = await namesOfAll()
    const cluster = await connectCluster(await borrow(), { profile })
    expect(cluster.isBorrowed).toBe(true)
    await cluster.runPod({ name: 'client', node: 'worker-1' })
    await cluster.apply([configMap('settings')])
    await cluster.apply([configMap('settings')])
    await cluster.labelNode('worker-1', { added: 'yes' })
    await cluster.labelNode('worker-2', { kept: 'new' })
    await cluster.labelNode('worker-2', { kept: null })
    const { metadata } = await owner.api.core.readNamespacedConfigMap({ namespace: 'default', name: 'settings' })
    expect(metadata?.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'packetproof' })
    await cluster[Symbol.asyncDispose]()
    expect(await namesOfAll()).toEqual(between)
    await owner.labelNode('worker-2', { kept: null })
    expect(await namesOfAll()).toEqual(before)
  })

  it('keeps what is not ours from being changed or deleted', async () => {
    await owner.apply([configMap('foreign')])
    const cluster = await connectCluster(await borrow(), { profile })
    const refused = { code: 'E_CLUSTER', message: expect.stringContaining('ConfigMap default/foreign') as string }
    await expect(cluster.apply([configMap('foreign')])).rejects.toMatchObject(refused)
    await expect(cluster.delete([configMap('foreign')])).rejects.toMatchObject(refused)
    await cluster[Symbol.asyncDispose]()
    expect((await owner.api.core.readNamespacedConfigMap({ namespace: 'default', name: 'foreign' })).data).toEqual({
      key: 'value',
    })
    await owner.delete([configMap('foreign')])
  })

  it('can be cleared of what a run has left that was killed', async () => {
    const before = await namesOfAll()
    const provided = await borrow({ retain: true })
    const cluster = await connectCluster(provided, { profile })
    await cluster.runPod({ name: 'left', node: 'worker-1' })
    await cluster[Symbol.asyncDispose]()
    const left = await listLeftovers(config)
    expect(left.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Pod left',
      expect.stringMatching(/^Namespace packetproof-[0-9a-f]{8}$/),
    ])
    expect(new Set(left.map(({ runId }) => runId)).size).toBe(1)
    expect(await listLeftovers(config, 'another')).toEqual([])
    await removeLeftovers(config, left)
    expect(await listLeftovers(config)).toEqual([])
    expect(await namesOfAll()).toEqual(before)
  })

  it('is left clean when the way onto its nodes cannot be made, or the person gives up', async () => {
    const before = await namesOfAll()
    await expect(borrow({ registry: 'registry.invalid/us' })).rejects.toMatchObject({
      code: 'E_CLUSTER',
      message: expect.stringContaining('ErrImagePull') as string,
      hint: expect.stringContaining('registry.invalid/us/tools:') as string,
    })
    const giveUp = new AbortController()
    const hasBegun = async (): Promise<boolean> => (await namesOfAll()).some((name) => name.includes('/packetproof-'))
    const givingUp = waitFor('the namespace of the run', hasBegun, { timeoutMs: 10_000 }).then(() => giveUp.abort())
    await expect(borrow({ signal: giveUp.signal })).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
    await givingUp
    expect(await namesOfAll()).toEqual(before)
  })

  it('makes nothing without consent', async () => {
    const before = await namesOfAll()
    process.env['XDG_STATE_HOME'] = join(folder, 'fresh')
    try {
      await expect(borrow({ yes: false })).rejects.toMatchObject({ code: 'E_USAGE' })
    } finally {
      process.env['XDG_STATE_HOME'] = folder
    }
    expect(await namesOfAll()).toEqual(before)
  })

  it('has to have the nodes of the profile', async () => {
    const big = {
      ...profile,
      nodes: [...profile.nodes, ...['a', 'b'].map((name) => ({ name, role: 'worker' as const, labels: {} }))],
    }
    await expect(borrowCluster(big, { name: 'x', kubeconfig, yes: true })).rejects.toMatchObject({
      code: 'E_CLUSTER',
      message: expect.stringContaining('it needs 4 workers that take pods, and 2 of them are missing') as string,
    })
  })
})

describe('a cluster that cannot be borrowed', () => {
  const servers: { close(): unknown }[] = []
  afterAll(() => servers.forEach((server) => server.close()))

  function changed(
    change: (parts: { cluster: Record<string, unknown>; user: Record<string, unknown> }) => void,
  ): string {
    const document = parse(lent.kubeconfig) as {
      clusters: { cluster: Record<string, unknown> }[]
      users: { user: Record<string, unknown> }[]
    }
    const [first] = document.clusters
    const [user] = document.users
    if (first === undefined || user === undefined) throw new Error('not a kubeconfig')
    change({ cluster: first.cluster, user: user.user })
    return stringify(document)
  }
  async function portOf(server: Server): Promise<number> {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  const problem = async (document: string): Promise<unknown> =>
    connect(document, 'SERVER', undefined, 1500).then(
      () => 'it was',
      (error: unknown) => error,
    )

  it('does not accept the credential', async () => {
    expect(await problem(changed(({ user }) => (user['token'] = 'expired')))).toMatchObject({
      code: 'E_ENVIRONMENT',
      message: 'SERVER does not accept the credential of the kubeconfig (401)',
      hint: expect.stringContaining('expired') as string,
    })
  })

  it('has another certificate', async () => {
    const other = await createNetnsCluster(profile, { name: 'other' })
    const ca = (parse(other.kubeconfig) as { clusters: { cluster: Record<string, string> }[] }).clusters[0]?.cluster
    await other[Symbol.asyncDispose]()
    const document = changed(
      ({ cluster }) => (cluster['certificate-authority-data'] = ca?.['certificate-authority-data']),
    )
    expect(await problem(document)).toMatchObject({
      code: 'E_ENVIRONMENT',
      message: expect.stringMatching(
        /^SERVER: its TLS certificate is not the one that the kubeconfig expects: /,
      ) as string,
    })
  })

  it('is not there, or has no address', async () => {
    const port = await portOf(createTcpServer())
    servers.pop()?.close()
    expect(await problem(changed(({ cluster }) => (cluster['server'] = `https://127.0.0.1:${port}`)))).toMatchObject({
      code: 'E_ENVIRONMENT',
      message: 'SERVER cannot be reached: nothing listens there',
    })
    expect(await problem(changed(({ cluster }) => (cluster['server'] = 'https://no-such-host.invalid')))).toMatchObject(
      {
        message: 'SERVER cannot be reached: its name cannot be resolved',
      },
    )
  })

  it('does not answer', async () => {
    const port = await portOf(createTcpServer(() => undefined))
    expect(await problem(changed(({ cluster }) => (cluster['server'] = `https://127.0.0.1:${port}`)))).toMatchObject({
      code: 'E_ENVIRONMENT',
      message: 'SERVER has not answered within 1.5 s',
    })
  })

  it('forbids what is needed, and says which verb on which resource', async () => {
    const said = 'nodes is forbidden: User "me" cannot list resource "nodes" in API group "" at the cluster scope'
    const server = createServer((request, response) => {
      const isVersion = request.url === '/version/'
      response.writeHead(isVersion ? 200 : 403, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isVersion ? { gitVersion: 'v1.34.0' } : { kind: 'Status', code: 403, message: said }))
    })
    const port = await portOf(server)
    const document = changed(({ cluster }) => {
      delete cluster['certificate-authority-data']
      Object.assign(cluster, { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true })
    })
    expect(await problem(document)).toMatchObject({
      code: 'E_ENVIRONMENT',
      message: `SERVER forbids it (403): ${said}`,
      hint: expect.stringContaining('that verb on that resource') as string,
    })
  })
})
