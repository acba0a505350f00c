import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { matrixProfile } from './matrix-profile.ts'
import { podSpecOf, readWorld } from './read-world.ts'
import { declaredPorts, replaceImages, requireKnownImages } from './replace-images.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-world-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

const pod = (name: string, spec: object = { containers: [{ name: 'c', image: 'nginx' }] }, namespace = 'shop') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec,
})

async function read(...objects: readonly object[]) {
  const path = join(folder, 'all.json')
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  return await readWorld([path])
}

it('makes up namespaces that have no manifest, and says what it passes over', async () => {
  const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'i' } }
  const world = await read(pod('a'), ingress)
  expect(world.namespaces.map(({ object }) => object.metadata?.name)).toEqual(['shop'])
  expect(world.notes.map((note) => note.replace(/^.*all\.json/, 'all.json'))).toEqual([
    'all.json:1 (document 1), item 2: Ingress i is passed over',
    'the namespace shop has no manifest: it has no labels but its name',
  ])
})

it('takes the default namespace for what names none', async () => {
  const { workloads, namespaces } = await read({ ...pod('a'), metadata: { name: 'a' } })
  expect(workloads[0]?.object.metadata?.namespace).toBe('default')
  expect(namespaces).toEqual([])
})

it.each([
  [[], /holds no Kubernetes objects/],
  [[{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }], /expected pods to probe, found none/],
  [[pod('a'), pod('a')], /item 2: Pod shop\/a is also in .*item 1/],
  [[pod('a', { containers: [] })], /Pod a: expected containers, found none/],
  [
    [{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's' } }],
    /the embedded cluster has no StatefulSet: s would have no pods/,
  ],
  [
    [pod('a'), { apiVersion: 'extensions/v1beta1', kind: 'NetworkPolicy', metadata: { name: 'p' } }],
    /NetworkPolicy of extensions\/v1beta1: expected networking\.k8s\.io\/v1/,
  ],
])('refuses %j', async (objects, message) => {
  await expect(read(...objects)).rejects.toThrow(message)
})

it('names the image that stands for no program', async () => {
  const { workloads } = await read(pod('a', { containers: [{ name: 'c', image: 'busybox' }] }), pod('b'))
  expect(() => requireKnownImages(workloads)).toThrow(/item 2: Pod b: the embedded cluster has no image "nginx"/)
})

it('replaces images by servers on the declared ports, which keep their names', async () => {
  const containers = [
    {
      name: 'web',
      image: 'nginx',
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { tcpSocket: { port: 1 } },
    },
    {
      name: 'dns',
      image: 'coredns',
      ports: [{ containerPort: 53, protocol: 'UDP' }],
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    },
    { name: 'quiet', image: 'sleep' },
  ]
  const { workloads } = await read(
    pod('a', { containers, volumes: [{ name: 'v', emptyDir: {} }], initContainers: [{ name: 'i', image: 'x' }] }),
  )
  const [first] = workloads
  if (first === undefined) throw new Error('there is no workload')
  const spec = podSpecOf(replaceImages(first, [{ protocol: 'tcp', port: 80 }]).object)
  expect(
    spec?.containers.map(({ name, image, args }) => `${name} ${image?.split(':')[0]} ${args?.slice(1).join(' ')}`),
  ).toEqual([
    'web packetproof/server --tcp=8080 --udp=',
    'dns packetproof/server --tcp= --udp=53',
    'quiet packetproof/server --tcp= --udp=',
  ])
  expect(spec?.containers[0]?.ports).toEqual([{ name: 'http', containerPort: 8080 }])
  expect(spec?.containers.map(({ readinessProbe, volumeMounts }) => readinessProbe ?? volumeMounts)).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(spec).not.toHaveProperty('volumes')
  expect(spec).not.toHaveProperty('initContainers')
  expect(declaredPorts(containers)).toEqual([
    { protocol: 'tcp', port: 8080 },
    { protocol: 'udp', port: 53 },
  ])
})

it('serves the probed ports where a pod declares none, in the pods of a Deployment as well', async () => {
  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { replicas: 2, template },
  }
  const { workloads } = await read(deployment)
  const [first] = workloads
  if (first === undefined) throw new Error('there is no workload')
  const replaced = replaceImages(first, [
    { protocol: 'tcp', port: 80 },
    { protocol: 'udp', port: 81 },
  ])
  expect(podSpecOf(replaced.object)?.containers[0]?.args?.slice(1)).toEqual(['--tcp=80', '--udp=81'])
  expect(replaced.object).toMatchObject({ spec: { replicas: 2, template: { metadata: { labels: { app: 'a' } } } } })
})

it('has the nodes that pods ask for, and three at least', async () => {
  const { workloads } = await read(pod('a', { nodeName: 'gpu', containers: [{ name: 'c', image: 'x' }] }), pod('b'))
  expect(matrixProfile(workloads).nodes.map(({ name }) => name)).toEqual(['gpu', 'node-1', 'node-2'])
})
