import { closeSync, openSync, statSync } from 'node:fs'
import { PacketproofError } from '../../src/errors.ts'
import { CLONE, setns, unshare } from './system-calls.ts'

export type NamespaceKind = 'net' | 'mnt' | 'uts' | 'ipc' | 'pid'

/** Open descriptors of namespaces: they keep the namespaces alive. For `pid`: the one that children are born into. */
export type NamespaceSet = Readonly<Partial<Record<NamespaceKind, number>>>

/**
 * The order matters: the mount namespace comes last on the way in and the way back, since /proc/self/… is read before it changes.
 */
const ORDER: readonly NamespaceKind[] = ['pid', 'net', 'uts', 'ipc', 'mnt']
const PROC_NAMES: Readonly<Record<NamespaceKind, string>> = {
  net: 'net',
  mnt: 'mnt',
  uts: 'uts',
  ipc: 'ipc',
  pid: 'pid_for_children',
}

let own: Readonly<Record<NamespaceKind, number>> | undefined

/**
 * Remembers the namespaces to come back to. Call once, first thing, in the main thread: it also gives this thread a root and
 * a working directory of its own (CLONE_FS), without which setns(2) to a mount namespace is refused.
 */
export function enterFabricThread(): void {
  unshare(CLONE.fs)
  own = {
    net: openSync('/proc/self/ns/net', 'r'),
    mnt: openSync('/proc/self/ns/mnt', 'r'),
    uts: openSync('/proc/self/ns/uts', 'r'),
    ipc: openSync('/proc/self/ns/ipc', 'r'),
    pid: openSync('/proc/self/ns/pid', 'r'),
  }
  refuseChroot(own.mnt)
}

/** @throws PacketproofError E_ENVIRONMENT in a chroot: setns(2) leads to the root of the mount namespace, which is outside. */
function refuseChroot(mountNamespace: number): void {
  const before = statSync('/')
  setns(mountNamespace, CLONE.mnt)
  const after = statSync('/')
  if (before.dev === after.dev && before.ino === after.ino) return
  throw new PacketproofError('E_ENVIRONMENT', 'the netns provider cannot run inside a chroot', {
    hint: 'use a container or a virtual machine; where you make the chroot yourself, enter it with pivot_root(8) in a mount namespace',
  })
}

function ownNamespaces(): Readonly<Record<NamespaceKind, number>> {
  if (own === undefined) enterFabricThread()
  return own as Readonly<Record<NamespaceKind, number>>
}

function comeBack(kinds: Iterable<NamespaceKind>): void {
  const home = ownNamespaces()
  for (const kind of kinds) setns(home[kind], CLONE[kind])
}

/**
 * Runs `work` inside the given namespaces and comes back, whatever happens. `work` is synchronous on purpose: nothing else
 * of this process may run in between, and no thread may be started while children are born into another PID namespace.
 */
export function inNamespaces<T>(set: NamespaceSet, work: () => T): T {
  ownNamespaces()
  const entered: NamespaceKind[] = []
  try {
    for (const kind of ORDER) {
      const fd = set[kind]
      if (fd === undefined) continue
      setns(fd, CLONE[kind])
      entered.push(kind)
    }
    return work()
  } finally {
    comeBack(entered)
  }
}

/** Makes new namespaces of these kinds, runs `work` inside them, and returns descriptors of them and what `work` returned. */
export function createNamespaces<T>(
  kinds: readonly NamespaceKind[],
  work: () => T,
): { readonly set: NamespaceSet; readonly result: T } {
  ownNamespaces()
  // The mount namespace's descriptor is opened before `work` takes the old /proc away with the old root.
  unshare(kinds.reduce((flags, kind) => flags | CLONE[kind], 0))
  const set: Partial<Record<NamespaceKind, number>> = {}
  try {
    for (const kind of kinds) {
      // A new PID namespace has no descriptor before its first process is born.
      if (kind !== 'pid') set[kind] = openSync(`/proc/self/ns/${PROC_NAMES[kind]}`, 'r')
    }
    return { set, result: work() }
  } catch (error) {
    closeNamespaces(set)
    throw error
  } finally {
    comeBack(ORDER.filter((kind) => kinds.includes(kind)))
  }
}

/** Opens namespaces of a process, as the cluster server's /proc shows it. */
export function openNamespaces(pid: number, kinds: readonly NamespaceKind[]): NamespaceSet {
  return Object.fromEntries(kinds.map((kind) => [kind, openSync(`/proc/${pid}/ns/${PROC_NAMES[kind]}`, 'r')]))
}

export function closeNamespaces(set: NamespaceSet): void {
  for (const fd of Object.values(set)) closeSync(fd)
}
