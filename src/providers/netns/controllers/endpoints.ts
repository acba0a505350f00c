import { matchesLabels } from '../api/select/label-selector.ts'
import type { KubeObject } from '../api/types.ts'
import { keyOf, namespaceOf, type PodObject, type ServiceObject } from '../kubelet/objects.ts'
import type { ControllerContext, StopController } from './controller-context.ts'
import { hashOf, ownedMetadata } from './pod-template.ts'
import { type EndpointGroup, groupEndpoints, type ServiceEndpoint } from './service-endpoints.ts'
import { WorkQueue } from './work-queue.ts'

const managedBy = 'endpointslice-controller.k8s.io'
const serviceNameLabel = 'kubernetes.io/service-name'
const managedByLabel = 'endpointslice.kubernetes.io/managed-by'

/** Keeps the Endpoints and EndpointSlices of services that select pods. */
export function startEndpointsController({ store, onError }: ControllerContext): StopController {
  const queue = new WorkQueue(reconcile, onError)

  function reconcile(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    const service = store.get<ServiceObject>('services', namespace, name)
    if (!service) {
      // Nobody owns an Endpoints object; the slices are their service's, and go with it.
      if (store.get('endpoints', namespace, name)) store.delete('endpoints', namespace, name)
      return
    }
    const { selector, type } = service.spec
    if (!selector || Object.keys(selector).length === 0 || type === 'ExternalName') return
    const pods = store
      .list<PodObject>('pods', namespace)
      .filter(({ metadata }) => matchesLabels(selector, metadata.labels))
    const families = (service.spec.ipFamilies ?? ['IPv4']).map((family): 4 | 6 => (family === 'IPv6' ? 6 : 4))
    const groups = families.map((family) => ({ family, groups: groupEndpoints(service, pods, family) }))
    writeEndpoints(service, groups[0]?.groups ?? [])
    writeSlices(
      service,
      groups.flatMap(({ family, groups }) => slicesOf(service, family, groups)),
    )
  }

  function writeEndpoints(service: ServiceObject, groups: readonly EndpointGroup[]): void {
    const subsets = groups.flatMap(({ ports, endpoints }) => {
      const staying = endpoints.filter(({ terminating }) => !terminating)
      if (staying.length === 0) return []
      const [ready, notReady] = [staying.filter(({ ready }) => ready), staying.filter(({ ready }) => !ready)]
      return [
        {
          ...(ready.length > 0 ? { addresses: ready.map(endpointAddress) } : {}),
          ...(notReady.length > 0 ? { notReadyAddresses: notReady.map(endpointAddress) } : {}),
          ...(ports.length > 0 ? { ports } : {}),
        },
      ]
    })
    const { name } = service.metadata
    put('endpoints', namespaceOf(service), name, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        namespace: namespaceOf(service),
        name,
        labels: { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
      },
      ...(subsets.length > 0 ? { subsets } : {}),
    })
  }

  function writeSlices(service: ServiceObject, slices: readonly NamedSlice[]): void {
    const namespace = namespaceOf(service)
    const wanted = new Set(slices.map(({ metadata }) => metadata.name))
    for (const { metadata } of store.list('endpointslices', namespace)) {
      const isOurs =
        metadata.labels?.[serviceNameLabel] === service.metadata.name && metadata.labels[managedByLabel] === managedBy
      if (isOurs && !wanted.has(metadata.name)) store.delete('endpointslices', namespace, metadata.name)
    }
    for (const slice of slices) put('endpointslices', namespace, slice.metadata.name, slice)
  }

  function put(resource: string, namespace: string, name: string, object: object): void {
    if (!store.get(resource, namespace, name)) {
      store.create(resource, object)
      return
    }
    const { metadata: _metadata, ...content } = object as KubeObject & { subsets?: unknown }
    store.modify(resource, namespace, name, (draft) => {
      if (!('subsets' in content)) delete (draft as { subsets?: unknown }).subsets
      Object.assign(draft, content)
    })
  }

  const unsubscribe = [
    store.subscribe('services', ({ object }) => queue.add(keyOf(object))),
    store.subscribe<PodObject>('pods', ({ object }) => {
      const namespace = namespaceOf(object)
      for (const service of store.list<ServiceObject>('services', namespace)) {
        // Also where the pod no longer matches: its labels may be what changed.
        if (service.spec.selector) queue.add(keyOf(service))
      }
    }),
  ]
  return () => {
    for (const stop of unsubscribe) stop()
    queue.stop()
  }
}

interface NamedSlice {
  readonly metadata: { readonly name: string }
}

function slicesOf(service: ServiceObject, family: 4 | 6, groups: readonly EndpointGroup[]): NamedSlice[] {
  const labels = {
    ...service.metadata.labels,
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: managedBy,
    ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
  }
  const shown = groups.length > 0 ? groups : [{ ports: [], endpoints: [] }]
  return shown.map(({ ports, endpoints }) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...ownedMetadata(service, labels),
      name: `${service.metadata.name}-${hashOf([family, ports]).slice(0, 5)}`,
    },
    addressType: `IPv${family}`,
    ports,
    endpoints: endpoints.map(sliceEndpoint),
  }))
}

function sliceEndpoint({ address, ready, terminating, pod }: ServiceEndpoint): unknown {
  return {
    addresses: [address],
    conditions: { ready, serving: ready || (terminating && pod.status?.phase === 'Running'), terminating },
    nodeName: pod.spec.nodeName,
    targetRef: podReference(pod),
  }
}

function endpointAddress({ address, pod }: ServiceEndpoint): unknown {
  return {
    ip: address,
    ...(pod.spec.hostname ? { hostname: pod.spec.hostname } : {}),
    nodeName: pod.spec.nodeName,
    targetRef: podReference(pod),
  }
}

function podReference(pod: PodObject): unknown {
  return { kind: 'Pod', namespace: namespaceOf(pod), name: pod.metadata.name, uid: pod.metadata.uid }
}
