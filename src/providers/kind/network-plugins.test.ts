import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { type ClusterProfile, profileSchema } from '../../cluster/profile.ts'
import { patchCalico } from './calico.ts'
import { ciliumValues } from './cilium.ts'

function profile(changes: object = {}): ClusterProfile {
  return profileSchema.parse({
    name: 'test',
    description: '',
    nodeSubnets: ['172.30.0.0/24'],
    podCidrs: ['10.30.0.0/16'],
    serviceCidrs: ['10.31.0.0/16'],
    nodes: [{ name: 'a', role: 'control-plane' }],
    ...changes,
  })
}

const dual = profile({ podCidrs: ['192.168.0.0/16', 'fd00:1::/56'], serviceCidrs: ['10.31.0.0/16', 'fd00:2::/112'] })

/** The shape of Calico's manifest, as far as it is touched. */
const manifest = `
kind: ConfigMap
apiVersion: v1
metadata: { name: calico-config, namespace: kube-system }
data:
  cni_network_config: |-
    { "plugins": [ { "type": "calico", "ipam": { "type": "calico-ipam" } } ] }
---
kind: DaemonSet
apiVersion: apps/v1
metadata: { name: calico-node, namespace: kube-system }
spec:
  template:
    spec:
      initContainers: [{ name: install-cni, env: [{ name: IP, value: untouched }] }]
      containers:
        - name: calico-node
          env:
            - { name: CALICO_IPV4POOL_IPIP, value: Always }
            - { name: IP, value: autodetect }
            - { name: NODENAME, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
---
kind: ServiceAccount
apiVersion: v1
metadata: { name: calico-node }
`

interface Document {
  readonly kind: string
  readonly data?: { readonly cni_network_config: string }
  readonly spec?: {
    readonly template: { readonly spec: Record<string, { readonly env: { name: string; value?: string }[] }[]> }
  }
}

function read(text: string): {
  documents: readonly Document[]
  env: Record<string, string | undefined>
  network: string
} {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Document)
  const containers = documents[1]?.spec?.template.spec['containers'] ?? []
  const env = Object.fromEntries((containers[0]?.env ?? []).map(({ name, value }) => [name, value]))
  return { documents, env, network: documents[0]?.data?.cni_network_config ?? '' }
}

describe("Calico's manifest", () => {
  it('is given no encapsulation, no masquerade of its own, and the CIDRs of the profile', () => {
    const { env } = read(patchCalico(manifest, dual))
    expect(env).toMatchObject({
      CALICO_IPV4POOL_IPIP: 'Never',
      CALICO_IPV4POOL_VXLAN: 'Never',
      CALICO_IPV6POOL_VXLAN: 'Never',
      CALICO_IPV4POOL_NAT_OUTGOING: 'false',
      CALICO_IPV6POOL_NAT_OUTGOING: 'false',
      CALICO_IPV4POOL_CIDR: '192.168.0.0/16',
      CALICO_IPV6POOL_CIDR: 'fd00:1::/56',
      FELIX_IPV6SUPPORT: 'true',
      IP: 'autodetect',
      IP6: 'autodetect',
    })
  })

  it('keeps everything else, and names each setting once', () => {
    const { documents } = read(patchCalico(manifest, profile()))
    expect(documents.map(({ kind }) => kind)).toEqual(['ConfigMap', 'DaemonSet', 'ServiceAccount'])
    const spec = documents[1]?.spec?.template.spec
    expect(spec?.['initContainers']?.[0]?.env).toEqual([{ name: 'IP', value: 'untouched' }])
    const env = spec?.['containers']?.[0]?.env ?? []
    expect(env[0]).toEqual({ name: 'NODENAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } })
    expect(new Set(env.map(({ name }) => name)).size).toBe(env.length)
  })

  it('gives pods addresses of the families that they have', () => {
    const ipamOf = (text: string): unknown =>
      (JSON.parse(read(text).network) as { plugins: { ipam: unknown }[] }).plugins[0]?.ipam
    const ipv6 = profile({ podCidrs: ['fd00:1::/56'], serviceCidrs: ['fd00:2::/112'] })
    expect(ipamOf(patchCalico(manifest, dual))).toEqual({
      type: 'calico-ipam',
      assign_ipv4: 'true',
      assign_ipv6: 'true',
    })
    expect(ipamOf(patchCalico(manifest, ipv6))).toEqual({
      type: 'calico-ipam',
      assign_ipv4: 'false',
      assign_ipv6: 'true',
    })
    expect(read(patchCalico(manifest, ipv6)).env).toMatchObject({ IP: 'none', CALICO_ROUTER_ID: 'hash' })
    expect(read(patchCalico(manifest, profile())).env).toMatchObject({ IP6: 'none', FELIX_IPV6SUPPORT: 'false' })
  })

  it.each(['', 'kind: ConfigMap', manifest.replaceAll('calico-node', 'other')])(
    'is refused when it is not one (%#)',
    (text) => {
      expect(() => patchCalico(text, profile())).toThrow('the Calico manifest has no DaemonSet calico-node')
    },
  )
})

describe("Cilium's Helm values", () => {
  it('are those of the document, under their present names', () => {
    expect(parse(ciliumValues(profile(), 'c'))).toMatchObject({
      routingMode: 'native',
      autoDirectNodeRoutes: true,
      ipv4NativeRoutingCIDR: '10.0.0.0/8',
      ipam: {
        mode: 'cluster-pool',
        operator: { clusterPoolIPv4PodCIDRList: ['10.30.0.0/16'], clusterPoolIPv4MaskSize: 24 },
      },
      encryption: { enabled: true, type: 'wireguard' },
      k8sServiceHost: 'c-control-plane',
      k8sServicePort: 6443,
      operator: { replicas: 1 },
      kubeProxyReplacement: false,
      ipv6: { enabled: false },
    })
  })

  it('route what the pods have natively, in both families', () => {
    expect(parse(ciliumValues(dual, 'c'))).toMatchObject({
      ipv4NativeRoutingCIDR: '192.168.0.0/16',
      ipv6NativeRoutingCIDR: 'fd00:1::/56',
      ipam: { operator: { clusterPoolIPv6PodCIDRList: ['fd00:1::/56'], clusterPoolIPv6MaskSize: 64 } },
    })
  })

  it('take on Services where there is no kube-proxy', () => {
    const alone = profile({ kind: { cni: 'cilium', kubeProxyMode: 'none' } })
    expect(parse(ciliumValues(alone, 'c'))).toMatchObject({ kubeProxyReplacement: true })
  })

  it('name images by their tags, as loaded images are named', () => {
    expect(parse(ciliumValues(profile(), 'c'))).toMatchObject({
      image: { useDigest: false },
      operator: { image: { useDigest: false } },
    })
  })
})
