import { describe, expect, it } from 'vitest'
import { createStore } from '../api/create-store.ts'
import type { ObjectStore } from '../api/types.ts'
import { ContainerConfigError, resolveEnvironment } from './environment.ts'
import type { Container, PodObject } from './objects.ts'

const facts = { hostname: 'web-1', podIps: ['10.0.0.2', 'fd00::2'], hostIps: ['172.18.0.2'] }

function storeWith(...objects: [resource: string, object: object][]): ObjectStore {
  const store = createStore({ serviceCidrs: ['10.96.0.0/16'] })
  for (const [resource, object] of objects) store.create(resource, object)
  return store
}

function resolve(container: Partial<Container>, store = storeWith()): Record<string, string> {
  const pod: PodObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
      labels: { 'a.b/c': 'd' },
    },
    spec: { containers: [], nodeName: 'w1', serviceAccountName: 'robot' },
  }
  return resolveEnvironment(store, pod, { name: 'c', ...container }, facts, { PATH: '/image/bin' })
}

const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
const configMap = (name: string, data: object): [string, object] => ['configmaps', { metadata: { name }, data }]

describe('resolveEnvironment', () => {
  it("starts from the image's variables and the host name, and lets the container replace them", () => {
    expect(resolve({})).toEqual({ PATH: '/image/bin', HOSTNAME: 'web-1' })
    expect(resolve({ env: [{ name: 'PATH', value: '/mine' }] })['PATH']).toBe('/mine')
  })

  it.each([
    ['metadata.name', 'web'],
    ['metadata.namespace', 'default'],
    ['metadata.uid', 'u'],
    ["metadata.labels['a.b/c']", 'd'],
    ["metadata.annotations['none']", ''],
    ['spec.nodeName', 'w1'],
    ['spec.serviceAccountName', 'robot'],
    ['status.podIP', '10.0.0.2'],
    ['status.podIPs', '10.0.0.2,fd00::2'],
    ['status.hostIP', '172.18.0.2'],
  ])('knows the field %s', (path, value) => {
    expect(resolve({ env: [field('X', path)] })['X']).toBe(value)
  })

  it('lets a variable refer to those before it, and to those of envFrom', () => {
    const env = [
      { name: 'A', value: '$(B) $(FROM_KEY)' },
      { name: 'B', value: '2' },
      { name: 'C', value: '$(B)' },
    ]
    const envFrom = [{ prefix: 'FROM_', configMapRef: { name: 'cm' } }]
    expect(resolve({ env, envFrom }, storeWith(configMap('cm', { KEY: 'v' })))).toMatchObject({ A: '$(B) v', C: '2' })
  })

  it('reads keys of ConfigMaps and, decoded, of Secrets', () => {
    const store = storeWith(configMap('cm', { k: 'v' }), [
      'secrets',
      { metadata: { name: 's' }, stringData: { k: 'secret' } },
    ])
    const env = [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'k' } } },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      { name: 'C', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } },
    ]
    const environment = resolve({ env }, store)
    expect(environment).toMatchObject({ A: 'v', B: 'secret' })
    expect(environment).not.toHaveProperty('C')
  })

  it.each([
    ['configmap "none" not found', { configMapKeyRef: { name: 'none', key: 'k' } }],
    ['secret "none" not found', { secretKeyRef: { name: 'none', key: 'k' } }],
    ["couldn't find key other in ConfigMap default/cm", { configMapKeyRef: { name: 'cm', key: 'other' } }],
  ])('complains: %s', (message, valueFrom) => {
    const attempt = () => resolve({ env: [{ name: 'A', valueFrom }] }, storeWith(configMap('cm', {})))
    expect(attempt).toThrow(ContainerConfigError)
    expect(attempt).toThrow(message)
  })

  it('rounds a limit up to the divisor', () => {
    const resources = { limits: { cpu: '1500m', memory: '64Mi' } }
    const env = [
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'MIB', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      { name: 'REQUEST', valueFrom: { resourceFieldRef: { resource: 'requests.memory' } } },
    ]
    expect(resolve({ env, resources })).toMatchObject({ CPU: '2', MIB: '64', REQUEST: '0' })
  })

  it("tells of the namespace's services that have a cluster IP", () => {
    const spec = { clusterIP: '10.96.0.7', ports: [{ name: 'http', port: 80 }] }
    const headless = { clusterIP: 'None', ports: [{ port: 80 }] }
    const store = storeWith(
      ['services', { metadata: { name: 'my-web' }, spec }],
      ['services', { metadata: { name: 'headless' }, spec: headless }],
    )
    const environment = resolve({}, store)
    expect(environment).toMatchObject({
      MY_WEB_SERVICE_HOST: '10.96.0.7',
      MY_WEB_SERVICE_PORT_HTTP: '80',
      MY_WEB_PORT: 'tcp://10.96.0.7:80',
      MY_WEB_PORT_80_TCP_ADDR: '10.96.0.7',
    })
    expect(Object.keys(environment).filter((name) => name.startsWith('HEADLESS'))).toEqual([])
  })
})
