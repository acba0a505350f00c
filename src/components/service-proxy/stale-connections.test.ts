import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { expect, it } from 'vitest'
import { staleConnections, udpTranslations } from './stale-connections.ts'

function translations(endpoints: readonly string[], protocol = 'UDP') {
  const service: V1Service = {
    metadata: { namespace: 'kube-system', name: 'dns' },
    spec: { type: 'NodePort', clusterIP: '10.96.0.10', ports: [{ port: 53, nodePort: 30_053, protocol }] },
  }
  const slice: V1EndpointSlice = {
    metadata: { namespace: 'kube-system', name: 'dns-1', labels: { 'kubernetes.io/service-name': 'dns' } },
    addressType: 'IPv4',
    ports: [{ port: 53, protocol }],
    endpoints: endpoints.map((address) => ({ addresses: [address] })),
  }
  return udpTranslations({ services: [service], slices: [slice] }, 4, 'n')
}

it('connections to an endpoint that is gone are stale, at every address of the service', () => {
  expect(staleConnections(translations(['10.0.0.1', '10.0.0.2']), translations(['10.0.0.2']))).toEqual([
    ['--orig-dst', '10.96.0.10', '--orig-port-dst', '53', '--dst-nat', '10.0.0.1'],
    ['--orig-port-dst', '30053', '--dst-nat', '10.0.0.1'],
  ])
})

it('so are those that went past a service that had no endpoint', () => {
  expect(staleConnections(translations([]), translations(['10.0.0.1']))).toEqual([
    ['--orig-dst', '10.96.0.10', '--orig-port-dst', '53'],
    ['--orig-port-dst', '30053'],
  ])
})

it('a new endpoint makes nothing stale, and TCP ends by itself', () => {
  expect(staleConnections(translations(['10.0.0.1']), translations(['10.0.0.1', '10.0.0.2']))).toEqual([])
  expect(staleConnections(translations(['10.0.0.1'], 'TCP'), translations([], 'TCP'))).toEqual([])
})
