import type { Container, PodSpec } from './objects.ts'

export interface Identity {
  readonly uid: number
  readonly gid: number
  /** Names without `CAP_`, sorted, or `all`. */
  readonly capabilities: readonly string[] | 'all'
}

/** What containerd and Docker give a container that asks for nothing. */
const defaultCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
] as const

/** The user and the capabilities of a container: its own securityContext first, then the pod's, then the runtime's defaults. */
export function resolveIdentity(spec: PodSpec, container: Container): Identity {
  const own = container.securityContext
  return {
    uid: own?.runAsUser ?? spec.securityContext?.runAsUser ?? 0,
    gid: own?.runAsGroup ?? spec.securityContext?.runAsGroup ?? 0,
    capabilities: own?.privileged ? 'all' : resolveCapabilities(own?.capabilities?.add, own?.capabilities?.drop),
  }
}

/** Dropping goes before adding, so `drop: [ALL], add: [X]` leaves X, in whatever case and with or without `CAP_`. */
function resolveCapabilities(
  add: readonly string[] | undefined,
  drop: readonly string[] | undefined,
): readonly string[] | 'all' {
  const added = (add ?? []).map(capabilityName)
  const dropped = new Set((drop ?? []).map(capabilityName))
  if (added.includes('ALL') && dropped.size === 0) return 'all'
  const kept = dropped.has('ALL') ? [] : defaultCapabilities.filter((name) => !dropped.has(name))
  return [...new Set([...kept, ...added])].sort()
}

function capabilityName(text: string): string {
  return text.toUpperCase().replace(/^CAP_/, '')
}

/** Whether `runAsNonRoot` forbids the container to run; the message is a kubelet's. */
export function forbiddenAsRoot(spec: PodSpec, container: Container, identity: Identity): string | undefined {
  const mustNotBeRoot = container.securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot ?? false
  if (!mustNotBeRoot || identity.uid !== 0) return undefined
  const explicit = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser
  return explicit === undefined
    ? 'container has runAsNonRoot and image will run as root'
    : "container's runAsUser breaks non-root policy"
}
