import { availableParallelism, totalmem } from 'node:os'
import { type Container, namespaceOf, type PodObject } from './objects.ts'

/** What a kubelet knows about a pod it runs before the pod's status says so. */
export interface PodFacts {
  readonly hostname: string
  readonly podIps: readonly string[]
  readonly hostIps: readonly string[]
}

const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/

/**
 * The value of a downward API field path; `metadata.labels` and `metadata.annotations` as lines `key="value"`, as their
 * files hold them. A field that has no value is empty text.
 */
export function resolvePodField(pod: PodObject, path: string, facts: PodFacts): string {
  const match = keyed.exec(path)
  if (match?.[1] && match[2]) return pod.metadata[match[1] as 'labels' | 'annotations']?.[match[2]] ?? ''
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name
    case 'metadata.namespace':
      return namespaceOf(pod)
    case 'metadata.uid':
      return pod.metadata.uid
    case 'metadata.labels':
      return formatMap(pod.metadata.labels)
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations)
    case 'spec.nodeName':
      return pod.spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? ''
    case 'spec.restartPolicy':
      return pod.spec.restartPolicy ?? 'Always'
    case 'status.podIP':
      return facts.podIps[0] ?? ''
    case 'status.podIPs':
      return facts.podIps.join(',')
    case 'status.hostIP':
      return facts.hostIps[0] ?? ''
    case 'status.hostIPs':
      return facts.hostIps.join(',')
    default:
      return ''
  }
}

/** `limits.*` and `requests.*` in units of the divisor, rounded up; without a limit, what the node has. */
export function resourceField(
  pod: PodObject,
  own: Container | undefined,
  ref: { readonly containerName?: string; readonly resource: string; readonly divisor?: string },
): string {
  const container = ref.containerName
    ? [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === ref.containerName)
    : own
  const [kind, resource] = ref.resource.split('.') as ['limits' | 'requests', string]
  const stated = container?.resources?.[kind]?.[resource]
  const divisor = parseQuantity(ref.divisor ?? '1') || 1
  if (stated !== undefined) return String(Math.ceil(parseQuantity(stated) / divisor))
  if (kind === 'requests') return '0'
  const available = resource === 'cpu' ? availableParallelism() : resource === 'memory' ? totalmem() : 0
  return String(Math.ceil(available / divisor))
}

const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimalSuffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
}

/** A Kubernetes quantity (`100m`, `64Mi`, `1e3`) as a number; NaN when it is none. */
function parseQuantity(text: string): number {
  const [, digits, suffix = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text) ?? []
  if (digits === undefined) return Number.NaN
  const binary = binarySuffixes.indexOf(suffix)
  return Number(digits) * (binary >= 0 ? 1024 ** binary : (decimalSuffixes[suffix] ?? Number.NaN))
}

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')
}
