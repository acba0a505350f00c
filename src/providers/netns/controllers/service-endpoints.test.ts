import { describe, expect, it } from 'vitest'
import type { PodObject, ServiceObject } from '../kubelet/objects.ts'
import { groupEndpoints } from './service-endpoints.ts'
import { aPod } from './testing/objects.ts'

function service(ports: ServiceObject['spec']['ports'], more: Partial<ServiceObject['spec']> = {}): ServiceObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'default', uid: 's', resourceVersion: '1', creationTimestamp: '' },
    spec: { ...(ports ? { ports } : {}), ...more },
  }
}

function podAt(address: string, containerPort: number, more: Parameters<typeof aPod>[1] = {}): PodObject {
  const pod = aPod({ containers: [{ name: 'c', ports: [{ name: 'http', containerPort }] }] }, more)
  return { ...pod, status: { ...pod.status, podIPs: [{ ip: address }, { ip: `fd00::${address.split('.')[3]}` }] } }
}

const addresses = (groups: ReturnType<typeof groupEndpoints>) =>
  groups.map(({ ports, endpoints }) => [
    ports.map(({ port }) => port),
    endpoints.map(({ address, ready }) => `${address}${ready ? '' : ' not ready'}`),
  ])

describe('groupEndpoints', () => {
  it('lists pods by their readiness, with the number of the target port', () => {
    const pods = [podAt('10.0.0.2', 8080), podAt('10.0.0.3', 8080, { ready: false })]
    expect(addresses(groupEndpoints(service([{ port: 80, targetPort: 9090 }]), pods, 4))).toEqual([
      [[9090], ['10.0.0.2', '10.0.0.3 not ready']],
    ])
  })
  it('looks a named port up in each pod, and leaves out pods that have none by that name', () => {
    const pods = [podAt('10.0.0.2', 8080), podAt('10.0.0.3', 8081)]
    expect(addresses(groupEndpoints(service([{ port: 80, targetPort: 'http' }]), pods, 4))).toEqual([
      [[8080], ['10.0.0.2']],
      [[8081], ['10.0.0.3']],
    ])
    expect(groupEndpoints(service([{ port: 80, targetPort: 'grpc' }]), pods, 4)).toEqual([])
  })
  it('counts a pod that is on its way out as not ready, and one that has ended not at all', () => {
    const pods = [podAt('10.0.0.2', 1, { deleting: true }), podAt('10.0.0.3', 1, { phase: 'Succeeded' })]
    expect(addresses(groupEndpoints(service([{ port: 80 }]), pods, 4))).toEqual([[[80], ['10.0.0.2 not ready']]])
  })
  it('publishes what is not ready where the service says so', () => {
    const all = service([{ port: 80 }], { publishNotReadyAddresses: true })
    expect(addresses(groupEndpoints(all, [podAt('10.0.0.2', 1, { ready: false })], 4))).toEqual([[[80], ['10.0.0.2']]])
  })
  it('takes the addresses of the family that is asked for', () => {
    expect(addresses(groupEndpoints(service([{ port: 80 }]), [podAt('10.0.0.2', 1)], 6))).toEqual([[[80], ['fd00::2']]])
  })
})
