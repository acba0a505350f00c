import { isAddress } from '../../../../helpers/cidr.ts'
import type { SandboxSpec } from '../fabric/types.ts'
import type { PodObject } from './objects.ts'

const fixedAddresses = 'cni.projectcalico.org/ipAddrs'

/** Names longer than this cannot be host names; a kubelet cuts them. */
const longestHostname = 63

export function hostnameOf(pod: PodObject): string {
  if (pod.spec.hostNetwork) return pod.spec.nodeName ?? pod.metadata.name
  const name = pod.spec.hostname ?? pod.metadata.name
  return name.slice(0, longestHostname).replace(/[-.]+$/, '')
}

/**
 * The sandbox a pod asks for; the annotation `cni.projectcalico.org/ipAddrs: '["10.244.196.132"]'` asks for fixed addresses.
 * @throws Error when the annotation is not a JSON list of addresses.
 */
export function sandboxSpec(pod: PodObject): SandboxSpec {
  const addresses = requestedAddresses(pod)
  return {
    id: pod.metadata.uid,
    podName: `${pod.metadata.namespace}.${pod.metadata.name}`,
    nodeName: pod.spec.nodeName ?? '',
    hostname: hostnameOf(pod),
    hostNetwork: pod.spec.hostNetwork ?? false,
    ...(addresses === undefined ? {} : { addresses }),
  }
}

function requestedAddresses(pod: PodObject): readonly string[] | undefined {
  const text = pod.metadata.annotations?.[fixedAddresses]
  if (text === undefined || pod.spec.hostNetwork) return undefined
  const complaint = `annotation ${fixedAddresses} is ${JSON.stringify(text)}: expected a JSON list of IP addresses, for instance ["10.244.196.132"]`
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new Error(complaint, { cause })
  }
  const isList = Array.isArray(parsed) && parsed.length > 0
  if (!isList || !(parsed as unknown[]).every((entry) => typeof entry === 'string' && isAddress(entry))) {
    throw new Error(complaint)
  }
  return parsed as string[]
}
