import { expect, it } from 'vitest'
import { injectPod } from './inject-pod.ts'

const spec = { containers: [{ name: 'app', image: 'app' }] }

function bootstrapOf(annotations: Readonly<Record<string, string>>) {
  const { pod } = injectPod(
    { metadata: { annotations }, spec },
    { image: 'docker.io/istio/proxyv2:1.30.4', isStatic: true },
  )
  const proxy = pod?.spec.containers.at(-1)
  expect(proxy?.command).toEqual(['/usr/local/bin/envoy'])
  const [flag, text = ''] = proxy?.args ?? []
  expect(flag).toBe('--config-yaml')
  return (JSON.parse(text) as { static_resources: { listeners: Listener[]; clusters: Record<string, unknown>[] } })
    .static_resources
}

interface Listener {
  readonly name: string
  readonly transparent?: boolean
  readonly address: unknown
  readonly additional_addresses?: unknown
  readonly listener_filters?: readonly { readonly name: string }[]
}

it('intercepts on the ports that the rules lead to, and passes inbound connections on from 127.0.0.6', () => {
  const { listeners, clusters } = bootstrapOf({})
  expect(listeners.map(({ name, address }) => [name, address])).toEqual([
    ['virtualOutbound', { socket_address: { address: '0.0.0.0', port_value: 15001 } }],
    ['virtualInbound', { socket_address: { address: '0.0.0.0', port_value: 15006 } }],
    ['health', { socket_address: { address: '0.0.0.0', port_value: 15021 } }],
  ])
  expect(clusters.map(({ name, type, upstream_bind_config: from }) => [name, type, from])).toEqual([
    ['PassthroughCluster', 'ORIGINAL_DST', undefined],
    ['InboundPassthroughCluster', 'ORIGINAL_DST', { source_address: { address: '127.0.0.6', port_value: 0 } }],
  ])
})

it('keeps the address of the client under TPROXY, and marks what it sends', () => {
  const { listeners, clusters } = bootstrapOf({ 'sidecar.istio.io/interceptionMode': 'TPROXY' })
  const [outbound, inbound] = listeners
  expect(outbound?.transparent).toBeUndefined()
  expect(inbound?.transparent).toBe(true)
  expect(inbound?.listener_filters?.map(({ name }) => name)).toEqual([
    'envoy.filters.listener.original_dst',
    'envoy.filters.listener.original_src',
  ])
  expect(clusters[1]?.['upstream_bind_config']).toBeUndefined()
})

it('listens in both families where the pod has both captured', () => {
  const { listeners } = bootstrapOf({ 'proxy.istio.io/config': '{"proxyMetadata":{"ISTIO_DUAL_STACK":"true"}}' })
  expect(listeners[1]?.additional_addresses).toEqual([
    { address: { socket_address: { address: '::', port_value: 15006 } } },
  ])
})
