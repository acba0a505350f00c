import { getSystemErrorMap } from 'node:util'
import koffi from 'koffi'
import { PacketproofError } from '../../src/errors.ts'

const libc = koffi.load(null)
const libcUnshare = libc.func('int unshare(int flags)')
const libcSetns = libc.func('int setns(int fd, int kind)')
const libcMount = libc.func(
  'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
)
const libcUmount2 = libc.func('int umount2(const char *target, int flags)')
const libcPivotRoot = libc.func('int pivot_root(const char *new_root, const char *put_old)')
const libcSethostname = libc.func('int sethostname(const char *name, size_t length)')
const libcChdir = libc.func('int chdir(const char *path)')
const libcSyscall = libc.func(
  'long syscall(long number, int directory, const char *path, unsigned int flags, const void *attributes, size_t size)',
)
const libcMoveMount = libc.func(
  'long syscall(long number, int from, const char *fromPath, int to, const char *toPath, unsigned int flags)',
)
const libcIfNametoindex = libc.func('unsigned int if_nametoindex(const char *name)')

const AT_FDCWD = -100
const AT_RECURSIVE = 0x8000

/** clone(2) flags: the kinds of namespaces. */
export const CLONE = {
  fs: 0x0000_0200,
  mnt: 0x0002_0000,
  uts: 0x0400_0000,
  ipc: 0x0800_0000,
  pid: 0x2000_0000,
  net: 0x4000_0000,
} as const

/** mount(2) flags. */
export const MS = {
  readOnly: 1,
  noSuid: 2,
  noDev: 4,
  noExec: 8,
  remount: 32,
  bind: 4096,
  recursive: 16_384,
  private: 1 << 18,
} as const

/** A system call failed; `errno` is its name, for instance `EPERM`. */
export class SystemCallError extends PacketproofError {
  readonly errno: string

  constructor(what: string, errnoNumber: number) {
    const [name, text] = getSystemErrorMap().get(-errnoNumber) ?? [`errno ${errnoNumber}`, 'unknown error']
    super('E_CLUSTER', `${what}: ${text} (${name})`)
    this.errno = name
  }
}

function check(result: number, what: string): void {
  if (result !== 0) throw new SystemCallError(what, koffi.errno())
}

export function unshare(flags: number): void {
  check(libcUnshare(flags), `unshare(0x${flags.toString(16)})`)
}

export function setns(fd: number, kind: number): void {
  check(libcSetns(fd, kind), `setns(0x${kind.toString(16)})`)
}

export function mount(source: string, target: string, type: string | null, flags: number, data: string | null): void {
  check(libcMount(source, target, type, flags, data), `mount ${type ?? 'bind'} ${source} on ${target}`)
}

/** mount_setattr(2); its number is the same on every architecture. Takes effect on the mounts below `target` as well. */
export function makeReadOnly(target: string): void {
  const SYS_MOUNT_SETATTR = 442
  const MOUNT_ATTR_RDONLY = 1
  const attributes = Buffer.alloc(32)
  attributes.writeUInt32LE(MOUNT_ATTR_RDONLY, 0)
  const result = libcSyscall(SYS_MOUNT_SETATTR, AT_FDCWD, target, AT_RECURSIVE, attributes, attributes.length)
  check(Number(result), `make ${target} read-only`)
}

/**
 * open_tree(2): a copy of what is mounted at `path` in this mount namespace, which can be put into another one. (mount(2) binds nothing
 * from another mount namespace.)
 */
export function openTree(path: string): number {
  const SYS_OPEN_TREE = 428
  const OPEN_TREE_CLONE = 1
  const OPEN_TREE_CLOEXEC = 0o2_000_000
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE
  const fd = Number(libcSyscall(SYS_OPEN_TREE, AT_FDCWD, path, flags, null, 0))
  if (fd < 0) throw new SystemCallError(`open the mount at ${path}`, koffi.errno())
  return fd
}

/** move_mount(2): puts what `openTree` opened at `target` of the mount namespace that this thread is in by now. */
export function attachTree(fd: number, target: string): void {
  const SYS_MOVE_MOUNT = 429
  const MOVE_MOUNT_F_EMPTY_PATH = 4
  check(Number(libcMoveMount(SYS_MOVE_MOUNT, fd, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH)), `mount on ${target}`)
}

/** Takes the mount away lazily (MNT_DETACH). */
export function detachMount(target: string): void {
  check(libcUmount2(target, 2), `umount ${target}`)
}

/** Makes `path`, a mount point, the root of this mount namespace, and forgets the old one. */
export function makeRoot(path: string): void {
  check(libcChdir(path), `chdir ${path}`)
  check(libcPivotRoot('.', '.'), `pivot_root ${path}`)
  detachMount('.')
  check(libcChdir('/'), 'chdir /')
}

export function setHostname(name: string): void {
  check(libcSethostname(name, Buffer.byteLength(name)), `sethostname ${name}`)
}

/** The index of an interface in the current network namespace. */
export function interfaceIndex(name: string): number {
  const index = libcIfNametoindex(name) as number
  if (index === 0) throw new SystemCallError(`look up interface ${name}`, koffi.errno())
  return index
}
