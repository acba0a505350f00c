import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { optionsOf } from '../init/init-rules.test-helper.ts'
import { admitPod } from './admit-pod.ts'
import { readCaptureAnnotations } from './capture-annotations.ts'
import { injectManifest } from './inject-manifest.ts'
import { injectPod, type PodParts } from './inject-pod.ts'

const app: PodParts = { metadata: { name: 'app' }, spec: { containers: [{ name: 'app', image: 'busybox' }] } }
const withAnnotations = (annotations: Record<string, string>): PodParts => ({ ...app, metadata: { annotations } })

interface Template {
  spec: { initContainers?: { name: string }[]; containers: { name: string }[] }
}
const namesIn = ({ spec }: Template): string[][] => [
  (spec.initContainers ?? []).map(({ name }) => name),
  spec.containers.map(({ name }) => name),
]

describe('a pod', () => {
  it('gets the init container with the documented arguments, and the proxy as user 1337', () => {
    const { pod } = injectPod(app)
    expect(pod?.spec.initContainers).toMatchObject([
      {
        name: 'istio-init',
        args: 'istio-iptables -p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x  -b * -d 15090,15021,15020'.split(' '),
        securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] }, runAsUser: 0 },
      },
    ])
    expect(pod?.spec.containers[0]).toBe(app.spec.containers[0])
    expect(pod?.spec.containers[1]).toMatchObject({
      name: 'istio-proxy',
      securityContext: { runAsUser: 1337, runAsGroup: 1337, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
    })
    expect(app.spec.initContainers).toBeUndefined()
  })

  it('under TPROXY has a proxy that is root of group 1337 with NET_ADMIN', () => {
    const { pod } = injectPod(withAnnotations({ 'sidecar.istio.io/interceptionMode': 'TPROXY' }))
    expect(pod?.spec.initContainers?.[0]?.args).toContain('TPROXY')
    expect(pod?.spec.containers[1]).toMatchObject({
      env: expect.arrayContaining([{ name: 'ISTIO_META_INTERCEPTION_MODE', value: 'TPROXY' }]) as unknown,
      securityContext: { runAsUser: 0, runAsGroup: 1337, capabilities: { add: ['NET_ADMIN'] } },
    })
  })

  it.each(['{"proxyMetadata":{"ISTIO_DUAL_STACK":"true"}}', 'proxyMetadata:\n  ISTIO_DUAL_STACK: "true"\n'])(
    'takes the environment of its proxy configuration: %j',
    (config) => {
      const { pod } = injectPod(withAnnotations({ 'proxy.istio.io/config': config }))
      const variable = { name: 'ISTIO_DUAL_STACK', value: 'true' }
      expect(pod?.spec.initContainers?.[0]?.env).toEqual([variable])
      expect(pod?.spec.containers[1]?.env).toContainEqual(variable)
    },
  )

  it('with the mode NONE has no init container', () => {
    const { pod } = injectPod(withAnnotations({ 'sidecar.istio.io/interceptionMode': 'NONE' }))
    expect(pod && namesIn(pod as Template)).toEqual([[], ['app', 'istio-proxy']])
  })

  it("calls this project's image with the name of the agent", () => {
    const { pod } = injectPod(app, { image: 'registry.example/packetproof/agent:1' })
    expect(pod?.spec.initContainers?.[0]?.args?.slice(0, 2)).toEqual(['pilot-agent', 'istio-iptables'])
    expect(pod?.spec.containers[1]?.args?.slice(0, 2)).toEqual(['pilot-agent', 'proxy'])
  })

  it('may take its init container from elsewhere', () => {
    const { pod } = injectPod(app, { initImage: 'host:/opt/istio-iptables' })
    expect(pod?.spec.initContainers?.[0]?.image).toBe('host:/opt/istio-iptables')
    expect(pod?.spec.containers[1]?.image).toMatch(/istio\/proxyv2/)
  })

  it.each([
    [{ ...app, spec: { ...app.spec, hostNetwork: true } }, 'hostNetwork'],
    [withAnnotations({ 'sidecar.istio.io/inject': 'false' }), 'sidecar.istio.io/inject'],
    [{ ...app, metadata: { labels: { 'sidecar.istio.io/inject': 'false' } } }, 'sidecar.istio.io/inject'],
    [{ ...app, spec: { containers: [{ name: 'istio-proxy' }] } }, 'istio-proxy already'],
  ])('stays as it is where it must: %j', (pod, words) => {
    expect(injectPod(pod)).toEqual({ skipped: expect.stringContaining(words) as unknown })
  })
})

describe('annotations', () => {
  const traffic = 'traffic.sidecar.istio.io/'

  it('become the arguments that the init container understands', () => {
    const { arguments: argv } = readCaptureAnnotations({
      [`${traffic}includeOutboundIPRanges`]: '10.0.0.0/8',
      [`${traffic}excludeOutboundIPRanges`]: '10.1.0.0/16',
      [`${traffic}includeInboundPorts`]: '80,443',
      [`${traffic}excludeInboundPorts`]: '8080',
      [`${traffic}includeOutboundPorts`]: '9000',
      [`${traffic}excludeOutboundPorts`]: '22',
      [`${traffic}excludeInterfaces`]: 'eth1',
      'istio.io/reroute-virtual-interfaces': 'eth2',
    })
    expect(optionsOf(argv)).toMatchObject({
      outboundCidrs: ['10.0.0.0/8'],
      outboundCidrsExclude: ['10.1.0.0/16'],
      inboundPorts: ['80', '443'],
      inboundPortsExclude: ['15090', '15021', '8080', '15020'],
      outboundPorts: ['9000'],
      outboundPortsExclude: ['22'],
      excludeInterfaces: ['eth1'],
      virtualInterfaces: ['eth2'],
    })
  })

  it('of the status port replace or take away 15020', () => {
    const excluded = (annotations: Record<string, string>): string | undefined =>
      readCaptureAnnotations(annotations).arguments.at(-1)
    expect(excluded({ 'status.sidecar.istio.io/port': '0' })).toBe('15090,15021')
    expect(excluded({ 'status.sidecar.istio.io/port': '16020' })).toBe('15090,15021,16020')
    expect(excluded({ [`${traffic}excludeInboundPorts`]: '15020,80' })).toBe('15090,15021,15020,80')
  })

  it.each([
    [{ [`${traffic}excludeInboundPorts`]: '70000' }, '70000'],
    [{ [`${traffic}includeOutboundIPRanges`]: '10.0.0.0/8, 10.1.0.0/16' }, '" 10.1.0.0/16" is not a CIDR'],
    [{ [`${traffic}includeOutboundIPRanges`]: 'everything' }, 'everything'],
    [{ 'sidecar.istio.io/interceptionMode': 'redirect' }, 'REDIRECT, TPROXY or NONE'],
    [{ 'readiness.status.sidecar.istio.io/periodSeconds': '0' }, 'a number from 1'],
    [{ 'proxy.istio.io/config': 'proxyMetadata: { ISTIO_DUAL_STACK: true }' }, 'a text in quotes, not true'],
    [{ 'proxy.istio.io/config': '[]' }, 'expected a mapping'],
    [{ 'proxy.istio.io/config': 'a: [' }, 'annotation proxy.istio.io/config'],
  ])('that cannot be read are refused: %j', (annotations: Record<string, string>, words) => {
    const message = (): unknown => readCaptureAnnotations(annotations)
    expect(message).toThrow(Object.keys(annotations)[0])
    expect(message).toThrow(words)
  })
})

const manifest = `# what is not touched keeps its comments
apiVersion: v1
kind: Service
metadata:
  name: reviews # here too
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: reviews
spec:
  template:
    metadata:
      labels: { app: reviews }
    spec:
      containers: [{ name: app, image: busybox }]
---
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: DaemonSet
    metadata: { name: on-nodes }
    spec: { template: { spec: { hostNetwork: true, containers: [{ name: agent }] } } }
  - apiVersion: v1
    kind: Pod
    metadata: { name: one, namespace: mesh }
    spec: { initContainers: [{ name: first }], containers: [{ name: app }] }
  - apiVersion: batch/v1
    kind: CronJob
    metadata: { name: nightly }
    spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: job }] } } } } }
`

describe('a manifest', () => {
  const injected = injectManifest(manifest, 'app.yaml')
  const documents = parseAllDocuments(injected.text).map((document) => document.toJS() as Record<string, unknown>)

  it('has the sidecar in every pod of every document, and the rest as it was', () => {
    expect(injected.text).toContain('# what is not touched keeps its comments')
    expect(injected.text).toContain('name: reviews # here too')
    const [, deployment, list] = documents as unknown as [unknown, { spec: { template: Template } }, { items: never[] }]
    expect(namesIn(deployment.spec.template)).toEqual([['istio-init'], ['app', 'istio-proxy']])
    const [daemonSet, pod, cronJob] = list.items as unknown as [
      { spec: { template: Template } },
      Template,
      { spec: { jobTemplate: { spec: { template: Template } } } },
    ]
    expect(namesIn(daemonSet.spec.template)).toEqual([[], ['agent']])
    expect(namesIn(pod)).toEqual([
      ['first', 'istio-init'],
      ['app', 'istio-proxy'],
    ])
    expect(namesIn(cronJob.spec.jobTemplate.spec.template)).toEqual([['istio-init'], ['job', 'istio-proxy']])
  })

  it('says which pods stay as they are', () => {
    expect(injected.notes).toEqual([expect.stringMatching(/^DaemonSet on-nodes stays as it is: .*hostNetwork/)])
  })

  it('is the same when it is done twice', () => {
    expect(injectManifest(injected.text, 'app.yaml').text).toBe(injected.text)
  })

  it('may be JSON', () => {
    const json = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...app })
    expect(injectManifest(json, 'pod.json').text).toContain('istio-proxy')
  })

  it.each([
    ['', 'app.yaml: there is no object in it'],
    ['a: [', 'app.yaml: '],
    ['just a text', 'app.yaml:1: expected an object with apiVersion and kind'],
    ['kind: Pod\nmetadata: { name: x }', 'app.yaml:1: Pod x: spec.containers: expected a list of containers'],
    [
      'kind: Deployment\nmetadata: { name: x }\nspec: {}',
      'app.yaml:1: Deployment x: spec.template: expected an object',
    ],
    [
      'kind: Pod\nmetadata: { name: x, annotations: { sidecar.istio.io/interceptionMode: FOO } }\nspec: { containers: [] }',
      'app.yaml:1: Pod x: annotation sidecar.istio.io/interceptionMode "FOO"',
    ],
  ])('that is none is refused: %j', (text, message) => {
    expect(() => injectManifest(text, 'app.yaml')).toThrow(message)
  })
})

describe('at admission', () => {
  const enabled = { 'istio-injection': 'enabled' }
  const asking: PodParts = { ...app, metadata: { labels: { 'sidecar.istio.io/inject': 'true' } } }

  it.each([
    ['a namespace with the label', app, 'mesh', enabled, true],
    ['a namespace without it', app, 'plain', {}, false],
    ['a pod that asks for it', asking, 'plain', {}, true],
    ['a pod that asks where the label forbids it', asking, 'plain', { 'istio-injection': 'disabled' }, false],
    ['a system namespace', app, 'kube-system', enabled, false],
    ['a pod of the node network', { ...app, spec: { ...app.spec, hostNetwork: true } }, 'mesh', enabled, false],
  ])('%s decides', (_what, pod, name, labels, expected) => {
    expect(admitPod(pod, { name, labels }) !== undefined).toBe(expected)
  })
})
