import { readFileSync } from 'node:fs'

/** On every container and network of a cluster that kind does not make itself: the cluster's name. */
export const CLUSTER_LABEL = 'packetproof.cluster'
/** Who made it, to tell what a killed run has left: `BOOT PID START`. */
export const OWNER_LABEL = 'packetproof.owner'
/** What was made: a digest of the profile and the choices, to tell whether a kept cluster can be used again. */
export const RECIPE_LABEL = 'packetproof.recipe'
/** The cluster is to outlive its maker. */
export const RETAIN_LABEL = 'packetproof.retain'
/** A machine's name in the profile, its kind, and its addresses. */
export const MACHINE_LABEL = 'packetproof.machine'
export const MACHINE_KIND_LABEL = 'packetproof.machine-kind'
export const ADDRESSES_LABEL = 'packetproof.addresses'

/** Of kind's own, on its nodes. */
export const KIND_CLUSTER_LABEL = 'io.x-k8s.kind.cluster'
export const KIND_ROLE_LABEL = 'io.x-k8s.kind.role'

export type Labels = Readonly<Record<string, string>>

export function labelArguments(labels: Labels): readonly string[] {
  return Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`])
}

/** This process, in words that no other process will ever have. */
export function ownerOf(pid: number = process.pid): string {
  return `${bootId()} ${pid} ${startOf(pid) ?? ''}`
}

/** Whether the process that made something has ended for certain: on this boot of this machine. */
export function isAbandoned(owner: string): boolean {
  const [boot, pid, start] = owner.split(' ')
  return boot === bootId() && startOf(Number(pid)) !== start
}

/** Whether the process that made something runs on this machine. */
export function isHeld(owner: string): boolean {
  const [boot, pid, start] = owner.split(' ')
  return boot === bootId() && startOf(Number(pid)) === start
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** In clock ticks since boot (field 22 of proc(5) stat). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
