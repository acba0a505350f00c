import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { detachMount, MS, makeRoot, mount } from '../../../../helpers/linux/system-calls.ts'
import { readMountTable } from './mount-table.ts'
import { resolveInRoot } from './resolve-in-root.ts'
import { bindIn, composeFromTopLevel, overlayOn } from './root-parts.ts'
import type { Mount } from './types.ts'

/** How root file systems are made on this machine; found out once. */
export interface RootLayout {
  /** Where the cluster server keeps the roots' own parts: a folder on its tmpfs. */
  readonly directory: string
  /** Whether the kernel takes `/` as the lower layer of an overlay; in a user namespace it does not. */
  readonly overlaysRoot: boolean
  /** Real file systems mounted below `/`, parents first. */
  readonly mountPoints: readonly string[]
  /** Folders below /tmp or /run that must stay visible: this program's own, and Node.js's. */
  readonly keptPaths: readonly string[]
}

/** Folders that every root has of its own. */
const OWN_TOP_LEVEL = ['proc', 'sys', 'dev', 'run', 'tmp']

function isOwn(path: string): boolean {
  return OWN_TOP_LEVEL.some((name) => path === `/${name}` || path.startsWith(`/${name}/`))
}

/** Call before anything is mounted on top of the machine's own tree. `directory` must be on a tmpfs. */
export function chooseRootLayout(directory: string, keptPaths: readonly string[]): RootLayout {
  const mountPoints = [...new Set(readMountTable().map((entry) => entry.path))]
    .filter((path) => path !== '/' && !isOwn(path))
    .sort((a, b) => a.length - b.length)
  const trial = join(directory, 'trial')
  mkdirSync(trial, { recursive: true })
  const overlaysRoot = overlayOn('/', trial, join(directory, 'trial-layer'))
  if (overlaysRoot) detachMount(trial)
  return { directory, overlaysRoot, mountPoints, keptPaths: keptPaths.filter((path) => isOwn(path)) }
}

export interface RootSpec {
  readonly id: string
  /** Contents of files, by absolute path. */
  readonly files: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  /** For each of the mounts, what `openTree` opened of the node; undefined where the cluster server sees the source. */
  readonly trees?: readonly (number | undefined)[]
  readonly readOnlySys: boolean
}

/**
 * Makes a root file system and enters it: call inside a new mount namespace. It shows the machine's files, and takes writes
 * into layers of its own; /run and /tmp are empty, /proc is for the first process of its PID namespace to mount.
 */
export function enterNewRoot(layout: RootLayout, spec: RootSpec): void {
  const own = join(layout.directory, spec.id)
  const root = join(own, 'root')
  const kept = layout.keptPaths.filter((path) => existsSync(path))
  mkdirSync(root, { recursive: true })
  if (!layout.overlaysRoot || !overlayOn('/', root, join(own, 'layer'))) composeFromTopLevel(root, own)
  for (const [index, path] of layout.mountPoints.entries()) {
    if (existsSync(path)) showMountPoint(path, root, join(own, `layer-${index}`))
  }
  mount('/dev', join(root, 'dev'), null, MS.bind | MS.recursive, null)
  mountSys(join(root, 'sys'), spec.readOnlySys)
  // A user namespace may mount a /proc of its own only where it sees one already; the first process mounts it on top.
  if (!layout.overlaysRoot) mount('/proc', join(root, 'proc'), null, MS.bind | MS.recursive, null)
  for (const [name, mode] of [
    ['run', 0o755],
    ['tmp', 0o1777],
  ] as const) {
    const source = join(own, name)
    makeDirectory(source, mode)
    mount(source, join(root, name), null, MS.bind, null)
  }
  makeDirectory(join(root, 'run/lock'), 0o1777)
  for (const path of kept) bindIn({ source: path, target: join(root, path), readOnly: true })
  for (const [path, content] of Object.entries(spec.files)) writeOwnFile(root, path, content, own)
  for (const [index, entry] of spec.mounts.entries()) {
    bindIn({ ...entry, target: resolveInRoot(root, entry.target) }, spec.trees?.[index])
  }
  makeRoot(root)
}

/** Takes the layers away; call once nothing uses the root any more. */
export function removeRoot(layout: RootLayout, id: string): void {
  rmSync(join(layout.directory, id), { recursive: true, force: true })
}

function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true })
  // The umask does not apply to chmod.
  chmodSync(path, mode)
}

function showMountPoint(path: string, root: string, layer: string): void {
  const target = join(root, path)
  try {
    if (!existsSync(target)) return
    if (statSync(path).isDirectory() && overlayOn(path, target, layer)) return
    bindIn({ source: path, target, readOnly: true })
  } catch {
    // A file system that cannot be shown (a stale network mount, another user's FUSE) is not needed to run a node.
  }
}

function mountSys(target: string, readOnly: boolean): void {
  const flags = MS.noSuid | MS.noDev | MS.noExec | (readOnly ? MS.readOnly : 0)
  try {
    mount('sysfs', target, 'sysfs', flags, null)
  } catch {
    // Refused in a user namespace when parts of the outer /sys are covered, as container runtimes do.
    mount('/sys', target, null, MS.bind | MS.recursive, null)
  }
}

function writeOwnFile(root: string, path: string, content: string, own: string): void {
  const target = join(root, path)
  try {
    mkdirSync(dirname(target), { recursive: true })
    // A link (as /etc/resolv.conf often is) would lead out of this root.
    rmSync(target, { force: true })
    writeFileSync(target, content)
  } catch {
    // It is a mount itself, as /etc/hosts is in a container: it can be covered, but not replaced.
    const source = join(own, `file-${path.replaceAll('/', '-')}`)
    writeFileSync(source, content)
    bindIn({ source, target: resolveInRoot(root, path), readOnly: false })
  }
}
