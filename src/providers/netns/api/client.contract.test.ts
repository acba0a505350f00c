import { PassThrough } from 'node:stream'
import {
  ADD,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1Status,
  Watch,
} from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../../helpers/wait-for.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

const patience = { timeoutMs: 10_000 }

describe('the API through @kubernetes/client-node', () => {
  let server: TestServer
  let config: KubeConfig
  let core: CoreV1Api

  beforeAll(async () => {
    server = await startTestServer()
    config = new KubeConfig()
    config.loadFromString(server.kubeconfig)
    core = config.makeApiClient(CoreV1Api)
    const containers = [
      { name: 'web', image: 'busybox', command: ['busybox', 'sh', '-c', 'echo hello; exec sleep 1000'] },
    ]
    await core.createNamespacedPod({ namespace: 'default', body: { metadata: { name: 'web' }, spec: { containers } } })
    await waitFor(
      'the pod to run',
      async () => {
        const pod = await core.readNamespacedPod({ namespace: 'default', name: 'web' })
        return pod.status?.phase === 'Running'
      },
      patience,
    )
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('creates, reads, replaces, lists and deletes', async () => {
    const namespace = 'default'
    const made = await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { generateName: 'a-' }, data: { k: 'v' } },
    })
    const name = made.metadata?.name ?? ''
    expect(name).toMatch(/^a-[a-z0-9]{5}$/)
    await core.replaceNamespacedConfigMap({
      namespace,
      name,
      body: { metadata: made.metadata ?? {}, data: { k: 'w' } },
    })
    await expect(core.replaceNamespacedConfigMap({ namespace, name, body: made })).rejects.toMatchObject({ code: 409 })
    const list = await core.listNamespacedConfigMap({ namespace })
    expect(list.items.map((item) => item.data)).toContainEqual({ k: 'w' })
    await core.deleteNamespacedConfigMap({ namespace, name })
    await expect(core.readNamespacedConfigMap({ namespace, name })).rejects.toMatchObject({ code: 404 })
  })

  it('pages through a list', async () => {
    const namespace = 'kube-public'
    for (const name of ['a', 'b', 'c'])
      await core.createNamespacedConfigMap({ namespace, body: { metadata: { name } } })
    const first = await core.listNamespacedConfigMap({ namespace, limit: 2 })
    expect(first.items.map((item) => item.metadata?.name)).toEqual(['a', 'b'])
    expect(first.metadata?.remainingItemCount).toBe(1)
    const rest = await core.listNamespacedConfigMap({ namespace, limit: 2, _continue: first.metadata?._continue ?? '' })
    expect(rest.items.map((item) => item.metadata?.name)).toEqual(['c'])
  })

  it('patches with each strategy', async () => {
    const at = { namespace: 'default', name: 'patched' }
    await core.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { name: 'patched' }, data: { a: '1' } },
    })
    const patch = (body: object, strategy: string) =>
      core.patchNamespacedConfigMap({ ...at, body }, setHeaderOptions('Content-Type', strategy))
    await patch([{ op: 'add', path: '/data/b', value: '2' }], PatchStrategy.JsonPatch)
    await patch({ data: { a: null } }, PatchStrategy.MergePatch)
    const last = await patch({ data: { c: '3' } }, PatchStrategy.StrategicMergePatch)
    expect(last.data).toEqual({ b: '2', c: '3' })
  })

  it('applies whole objects through the generic client', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config)
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny', namespace: 'default' },
      spec: { podSelector: {} },
    }
    const applied = await objects.patch(policy, undefined, undefined, 'tests', true, PatchStrategy.ServerSideApply)
    expect(applied).toMatchObject({ spec: { policyTypes: ['Ingress'] } })
    expect(await objects.read(policy)).toMatchObject({ metadata: { name: 'deny' } })
    await objects.delete(policy)
    await expect(objects.read(policy)).rejects.toMatchObject({ code: 404 })
  })

  it('keeps an informer up to date', async () => {
    const seen = new Set<string>()
    const informer = makeInformer(config, '/api/v1/namespaces/default/secrets', () =>
      core.listNamespacedSecret({ namespace: 'default' }),
    )
    informer.on(ADD, (object) => void seen.add(object.metadata?.name ?? ''))
    await informer.start()
    await core.createNamespacedSecret({
      namespace: 'default',
      body: { metadata: { name: 'late' }, stringData: { a: 'b' } },
    })
    await waitFor('the informer to see it', () => seen.has('late'), patience)
    await informer.stop()
  })

  it('watches from a resourceVersion on, and says when that is too long ago', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace: 'default' })
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'after' } } })
    const events: string[] = []
    const watch = new Watch(config)
    const path = '/api/v1/namespaces/default/configmaps'
    const controller = await watch.watch(
      path,
      { resourceVersion: metadata?.resourceVersion },
      (type, object: { metadata: { name: string } }) => void events.push(`${type} ${object.metadata.name}`),
      () => undefined,
    )
    await waitFor('the event', () => events.length > 0, patience)
    expect(events).toEqual(['ADDED after'])
    controller.abort()
    for (let index = 0; index < 9000; index += 1) {
      server.store.modify('configmaps', 'default', 'after', ({ metadata }) => {
        metadata.labels = { index: String(index) }
      })
    }
    const errors: V1Status[] = []
    await watch.watch(
      path,
      { resourceVersion: metadata?.resourceVersion },
      (type, object: V1Status) => void (type === 'ERROR' && errors.push(object)),
      () => undefined,
    )
    await waitFor('the error', () => errors.length > 0, patience)
    expect(errors[0]).toMatchObject({ code: 410, reason: 'Expired' })
  })

  it('runs commands with stdin and reports their exit', async () => {
    const [stdout, stdin] = [new PassThrough(), new PassThrough()]
    const status = new Promise<V1Status>((resolve) => {
      void new Exec(config).exec(
        'default',
        'web',
        'web',
        ['sh', '-c', 'cat; exit 3'],
        stdout,
        null,
        stdin,
        false,
        resolve,
      )
    })
    stdin.end('through')
    expect(await status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    })
    expect(stdout.read()?.toString()).toBe('through')
  })

  it('loses no status among many parallel commands', async () => {
    const run = async (code: number): Promise<string | undefined> => {
      const status = await new Promise<V1Status>((resolve, reject) => {
        new Exec(config)
          .exec('default', 'web', 'web', ['sh', '-c', `exit ${code}`], null, null, null, false, resolve)
          .catch(reject)
      })
      return status.details?.causes?.[0]?.message
    }
    const codes = Array.from({ length: 64 }, (_, index) => index + 1)
    expect(await Promise.all(codes.map(run))).toEqual(codes.map(String))
  })

  it('reads a log', async () => {
    const stream = new PassThrough()
    await new Log(config).log('default', 'web', 'web', stream, {})
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toBe('hello\n')
  })

  it('lets nobody in without the token', async () => {
    const stranger = new KubeConfig()
    stranger.loadFromString(
      server.kubeconfig
        .replace(server.token, 'another')
        .replace('"name":"https', '"name":"stranger https')
        .replace('"user":"https', '"user":"stranger https'),
    )
    await expect(stranger.makeApiClient(CoreV1Api).listNode()).rejects.toMatchObject({ code: 401 })
  })
})
