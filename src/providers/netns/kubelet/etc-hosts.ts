import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mount } from '../fabric/types.ts'
import type { PodObject } from './objects.ts'
import type { PodFacts } from './pod-fields.ts'

const ownEntries = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`

/** The hosts file of a pod with `hostAliases`, as a kubelet writes it. */
export function hostsFile(pod: PodObject, facts: PodFacts): string {
  const own = facts.podIps.map((address) => `${address}\t${facts.hostname}\n`)
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`)
  return `${ownEntries}${own.join('')}\n# Entries added by HostAliases.\n${aliases.join('')}`
}

/** Puts the hosts file over the sandbox's own; nothing for a pod without `hostAliases`. @param folder the pod's. */
export function mountHostsFile(folder: string, pod: PodObject, facts: PodFacts): Mount[] {
  if (!pod.spec.hostAliases?.length) return []
  mkdirSync(folder, { recursive: true })
  const source = join(folder, '.hosts')
  writeFileSync(source, hostsFile(pod, facts), { mode: 0o644 })
  return [{ source, target: '/etc/hosts', readOnly: false }]
}
