import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { attachTree, MS, makeReadOnly, mount } from '../../../../helpers/linux/system-calls.ts'
import type { Mount } from './types.ts'

/** Directories that are written to below a lower layer whose owners a user namespace cannot map, and so cannot copy up. */
const WRITABLE_BELOW: Readonly<Record<string, readonly string[]>> = {
  etc: [],
  var: ['lib', 'log', 'cache', 'spool', 'tmp'],
  home: [],
  opt: [],
  srv: [],
  mnt: [],
  media: [],
}

/**
 * Puts an overlay of `lower` on `target`, its writes going to a folder of ours. False when the kernel refuses: `lower` holds
 * mounts that this user namespace may not look behind, or is itself stacked too deep.
 */
export function overlayOn(lower: string, target: string, layer: string): boolean {
  if (/[,:\\]/.test(lower)) return false
  const upper = join(layer, 'upper')
  const work = join(layer, 'work')
  mkdirSync(upper, { recursive: true })
  mkdirSync(work, { recursive: true })
  chmodSync(upper, statSync(lower).mode & 0o7777)
  const data = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  for (const extra of ['', ',userxattr']) {
    try {
      mount('overlay', target, 'overlay', 0, data + extra)
      return true
    } catch {
      // Refused: try the next way.
    }
  }
  return false
}

/**
 * Binds a file or a directory, with what is mounted below it. The target is made when it is missing.
 * @param tree what `openTree` opened, for a source whose mounts are in another mount namespace
 */
export function bindIn(entry: Mount, tree?: number): void {
  if (statSync(entry.source).isDirectory()) {
    mkdirSync(entry.target, { recursive: true })
  } else if (!existsSync(entry.target)) {
    mkdirSync(dirname(entry.target), { recursive: true })
    writeFileSync(entry.target, '')
  }
  if (tree === undefined) mount(entry.source, entry.target, null, MS.bind | MS.recursive, null)
  else attachTree(tree, entry.target)
  if (entry.readOnly) makeReadOnly(entry.target)
}

/**
 * A root put together from the machine's top-level directories, for where `/` itself cannot be a lower layer. New entries may
 * be made at the top level; /etc, /var and their like take writes; the rest is read-only.
 */
export function composeFromTopLevel(root: string, own: string): void {
  const top = join(own, 'top')
  mkdirSync(top, { recursive: true })
  chmodSync(top, 0o755)
  mount(top, root, null, MS.bind, null)
  for (const name of readdirSync('/')) {
    const source = `/${name}`
    const target = join(root, name)
    const stat = lstatSync(source)
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
    else if (['proc', 'sys', 'dev', 'run', 'tmp'].includes(name)) mkdirSync(target)
    else if (stat.isDirectory()) showDirectory(name, target, join(own, `top-${name}`))
  }
  for (const name of ['proc', 'sys', 'dev', 'run', 'tmp']) mkdirSync(join(root, name), { recursive: true })
}

function showDirectory(name: string, target: string, layer: string): void {
  mkdirSync(target, { mode: 0o755 })
  const source = `/${name}`
  // The superuser's home is closed to ordinary users: theirs is an empty one.
  if (name === 'root') return
  const inner = WRITABLE_BELOW[name]
  if (inner !== undefined) {
    for (const below of inner) {
      if (!existsSync(join(source, below))) continue
      const path = join(layer, 'upper', below)
      mkdirSync(path, { recursive: true })
      chmodSync(path, statSync(join(source, below)).mode & 0o7777)
    }
    if (overlayOn(source, target, layer)) return
    composeFromEntries(source, target, join(layer, 'entries'), inner)
    return
  }
  try {
    bindIn({ source, target, readOnly: true })
  } catch {
    // Not ours to see (lost+found, another user's mount): it stays an empty directory.
  }
}

/** A directory that takes new entries, for where mounts in it (a container's /etc/hosts) keep it from being a lower layer. */
function composeFromEntries(source: string, target: string, layer: string, inner: readonly string[]): void {
  mkdirSync(layer, { recursive: true })
  chmodSync(layer, statSync(source).mode & 0o7777)
  mount(layer, target, null, MS.bind, null)
  for (const name of readdirSync(source)) {
    const from = join(source, name)
    const to = join(target, name)
    try {
      const stat = lstatSync(from)
      if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
      else {
        if (stat.isDirectory()) mkdirSync(to)
        if (!inner.includes(name) || !overlayOn(from, to, `${layer}-${name}`))
          bindIn({ source: from, target: to, readOnly: true })
      }
    } catch {
      // Not ours to see.
    }
  }
}
