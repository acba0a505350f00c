import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { V1ConfigMap } from '@kubernetes/client-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { PacketproofError } from '../../errors.ts'
import { type ApiServer, createApiServer } from '../../providers/netns/api/create-api-server.ts'
import { createStore } from '../../providers/netns/api/create-store.ts'
import type { PodRuntime } from '../../providers/netns/api/types.ts'
import { type Certificate, makeCertificate } from '../../providers/netns/client/certificate.ts'
import type { KubeAccess } from './kube-access.ts'
import { watchResources } from './watch-resources.ts'

const path = '/api/v1/namespaces/default/configmaps'
const token = 'a-token-of-this-test'

/** There are no pods here. */
const runtime = {} as PodRuntime

describe('watching a resource', () => {
  const store = createStore({ serviceCidrs: ['10.96.0.0/16'] })
  let certificate: Certificate
  let api: ApiServer
  let port = 0
  let ending: AbortController

  async function startServer(): Promise<void> {
    const tls = { key: certificate.keyPem, cert: certificate.certificatePem }
    api = createApiServer({ store, runtime, tls, token, version: 'v1.32.0' })
    api.server.listen(port, '127.0.0.1')
    await once(api.server, 'listening')
    port = (api.server.address() as AddressInfo).port
  }

  const access = (own: Partial<KubeAccess> = {}): KubeAccess => ({
    server: new URL(`https://127.0.0.1:${port}`),
    tls: { ca: certificate.certificatePem },
    token: () => token,
    ...own,
  })

  /** Every state that was told, as `NAME=VALUE,…`, and every error. */
  function start(given: KubeAccess = access(), onPath = path) {
    const told: string[] = []
    const errors: PacketproofError[] = []
    const ended = watchResources<V1ConfigMap>({
      path: onPath,
      access: given,
      signal: ending.signal,
      onChange: (objects) => {
        const texts = [...objects].map(([key, { data }]) => `${key.replace('default/', '')}=${data?.['value'] ?? ''}`)
        told.push(texts.sort().join())
      },
      onError: (error) => errors.push(error),
    })
    ended.catch(() => undefined)
    const until = async (state: string): Promise<void> => {
      await waitFor(`the state ${state}`, () => told.at(-1) === state, { timeoutMs: 10_000 })
    }
    return { told, errors, ended, until }
  }

  function put(name: string, value: string): void {
    const exists = store.get('configmaps', 'default', name) !== undefined
    if (!exists) store.create('configmaps', { metadata: { name, namespace: 'default' }, data: { value } })
    else store.modify<never>('configmaps', 'default', name, (draft) => Object.assign(draft, { data: { value } }))
  }

  beforeEach(async () => {
    certificate ??= await makeCertificate([])
    ending = new AbortController()
    await startServer()
  })

  afterEach(async () => {
    ending.abort()
    await api.close()
    for (const { metadata } of store.list('configmaps', 'default')) store.delete('configmaps', 'default', metadata.name)
  })

  it('tells what there is, even when it is nothing, and then every change', async () => {
    const { until, told } = start()
    await until('')
    put('a', '1')
    await until('a=1')
    put('b', 'ü'.repeat(100_000))
    await until(`a=1,b=${'ü'.repeat(100_000)}`)
    put('a', '2')
    store.delete('configmaps', 'default', 'b')
    await until('a=2')
    expect(told[0]).toBe('')
  })

  it('follows a selection', async () => {
    const { until } = start(access(), `${path}?fieldSelector=metadata.name%3Dwanted`)
    put('other', '1')
    put('wanted', '1')
    await until('wanted=1')
  })

  it('survives the loss of its server, and misses nothing of what happened meanwhile', async () => {
    put('kept', '1')
    put('lost', '1')
    const { until, errors } = start()
    await until('kept=1,lost=1')
    await api.close()
    await waitFor('an error', () => errors.length > 0, { timeoutMs: 10_000 })
    expect(errors.at(-1)).toMatchObject({ code: 'E_API' })
    store.delete('configmaps', 'default', 'lost')
    put('new', '1')
    await startServer()
    await until('kept=1,new=1')
  })

  it('lists anew when what it missed is no longer known', async () => {
    put('counter', '0')
    put('gone', '0')
    const { until } = start()
    await until('counter=0,gone=0')
    await api.close()
    store.delete('configmaps', 'default', 'gone')
    // The server forgets changes after some thousands.
    for (let index = 1; index <= 9000; index += 1) put('counter', String(index))
    await startServer()
    await until('counter=9000')
  })

  it('says why it is not let in, and tries again with the token of the moment', async () => {
    let current = 'wrong'
    const { until, errors } = start(access({ token: () => current }))
    await waitFor('an error', () => errors.length > 0, { timeoutMs: 10_000 })
    expect(errors[0]).toMatchObject({ code: 'E_API', status: 401, message: `GET ${path}: 401 Unauthorized` })
    current = token
    await until('')
  })

  it('trusts no server but its own', async () => {
    const { errors, told } = start(access({ tls: {} }))
    await waitFor('an error', () => errors.length > 0, { timeoutMs: 10_000 })
    expect(errors[0]?.message).toBe(
      `the API server https://127.0.0.1:${port} cannot be reached: self-signed certificate`,
    )
    expect(told).toEqual([])
  })

  it('waits for a resource that does not exist yet', async () => {
    const { errors } = start(access(), '/apis/example.org/v1/widgets')
    await waitFor('an error', () => errors.length > 1, { timeoutMs: 10_000 })
    expect(errors[0]).toMatchObject({ code: 'E_API', status: 404 })
  })

  it('refuses the path of a single object', async () => {
    const { ended } = start(access(), '/api/v1/namespaces/default')
    await expect(ended).rejects.toMatchObject({
      code: 'E_INVALID_INPUT',
      message: '/api/v1/namespaces/default is not a list: it is a Namespace',
    })
  })

  it('ends when it is told to, and when its listener fails', async () => {
    const { until, ended } = start()
    await until('')
    ending.abort()
    await expect(ended).resolves.toBeUndefined()
    const failing = watchResources({
      path,
      access: access(),
      signal: new AbortController().signal,
      onChange: () => {
        throw new Error('no more')
      },
    })
    await expect(failing).rejects.toThrow('no more')
  })

  it('never calls while a call is still being answered, and then tells the latest', async () => {
    let running = 0
    let most = 0
    let last = 0
    void watchResources({
      path,
      access: access(),
      signal: ending.signal,
      onChange: async (objects) => {
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setImmediate(resolve))
        last = objects.size
        running -= 1
      },
    })
    for (let index = 0; index < 50; index += 1) {
      put(`object-${index}`, 'x')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await waitFor('all objects', () => last === 50, { timeoutMs: 10_000 })
    expect(most).toBe(1)
  })
})
