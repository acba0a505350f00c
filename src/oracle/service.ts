import type { V1Pod, V1Service } from '@kubernetes/client-node'
import { invalidInput } from '../errors.ts'
import { type Expectation, evaluate, type PolicyProbe, unspecified } from './evaluate.ts'
import { selects } from './label-selector.ts'
import { hasEnded, keyOf, nameOf, namespaceOf, type PolicyObjects, type PolicyPort } from './objects.ts'
import { namedPorts } from './rules.ts'

/** A connection to the cluster IP of a Service, on one of the Service's ports. */
export interface ServiceProbe extends Omit<PolicyProbe, 'to'> {
  readonly service: { readonly namespace: string; readonly name: string }
}

/**
 * What is expected of a connection to a Service: policies see the pod behind it and the pod's port. `unspecified` where that
 * depends on which of its endpoints is chosen.
 * @throws PacketproofError E_INVALID_INPUT when there is no such Service.
 */
export function evaluateService(objects: PolicyObjects, probe: ServiceProbe): Expectation {
  const key = keyOf({ metadata: probe.service })
  const service = objects.services?.find((each) => keyOf(each) === key)
  if (service === undefined) throw invalidInput(`there is no Service ${key} among the objects`)
  if (probe.from.kind === 'machine') return unspecified(`the cluster IP of ${key} is for nodes and pods`)
  const backends = backendsOf(objects, service, probe.port)
  const [first, ...others] = backends.map(({ pod, port }) =>
    evaluate(objects, { ...probe, to: { kind: 'pod', namespace: namespaceOf(pod), name: nameOf(pod) }, port }),
  )
  if (first === undefined) return unspecified(`${key} has no endpoint for ${probe.port.protocol}/${probe.port.port}`)
  if (others.every(({ permission }) => permission === first.permission)) return first
  return unspecified(`it depends on which endpoint of ${key} is chosen`)
}

function backendsOf(
  { pods }: PolicyObjects,
  service: V1Service,
  { protocol, port }: PolicyPort,
): readonly { pod: V1Pod; port: PolicyPort }[] {
  const { selector, type, clusterIP, ports = [] } = service.spec ?? {}
  // An empty selector is none: then somebody else says what the endpoints are.
  if (Object.keys(selector ?? {}).length === 0 || type === 'ExternalName' || clusterIP === 'None') return []
  const item = ports.find((each) => each.port === port && (each.protocol ?? 'TCP') === protocol.toUpperCase())
  if (item === undefined) return []
  const target = item.targetPort ?? port
  return pods
    .filter((pod) => namespaceOf(pod) === namespaceOf(service) && isReady(pod))
    .filter((pod) => selects({ matchLabels: selector ?? {} }, pod.metadata?.labels ?? {}))
    .flatMap((pod) => {
      const [number] = typeof target === 'number' ? [target] : namedPorts(pod, target, protocol)
      return number === undefined ? [] : [{ pod, port: { protocol, port: number } }]
    })
}

/** One whose readiness is not known counts as ready. */
function isReady(pod: V1Pod): boolean {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  return !hasEnded(pod) && condition?.status !== 'False'
}
