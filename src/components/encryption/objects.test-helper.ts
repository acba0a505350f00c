import type { NodeObject, PodObject } from './cluster-facts.ts'
import { makePrivateKey, publicKeyOf } from './key-pair.ts'
import { publicKeyAnnotation } from './names.ts'

export const newKey = (): string => publicKeyOf(makePrivateKey())

export function nodeObject(
  name: string,
  addresses: readonly string[],
  publicKey?: string,
  podCIDRs: readonly string[] = [],
): NodeObject {
  return {
    metadata: { name, ...(publicKey !== undefined && { annotations: { [publicKeyAnnotation]: publicKey } }) },
    spec: { podCIDRs },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  }
}

export function podObject(
  name: string,
  nodeName: string,
  ips: readonly string[],
  more: Partial<PodObject['metadata'] & { phase: string; hostNetwork: boolean }> = {},
): PodObject {
  const { phase = 'Running', hostNetwork = false, creationTimestamp = '2026-01-01T00:00:00Z' } = more
  return {
    metadata: { name, namespace: 'default', creationTimestamp },
    spec: { nodeName, hostNetwork },
    status: { phase, podIPs: ips.map((ip) => ({ ip })) },
  }
}
