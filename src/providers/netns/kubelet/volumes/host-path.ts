import { closeSync, mkdirSync, openSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { resolveInRoot } from '../../fabric/resolve-in-root.ts'
import { VolumeError } from './volume-error.ts'

/**
 * The place behind a hostPath volume, as the cluster server sees it; made where its type (or the lack of one) says so.
 * @throws VolumeError when what is there is not of the type, in a kubelet's words.
 */
export function openHostPath(nodeRoot: string, path: string, type: string): string {
  // A link such as /var/run leads to the node's own /run.
  const place = resolveInRoot(nodeRoot, path)
  const stats = statSync(place, { throwIfNoEntry: false })
  switch (type) {
    case '':
    case 'DirectoryOrCreate':
      if (!stats) mkdirSync(place, { recursive: true, mode: 0o755 })
      else if (type !== '') check(stats.isDirectory(), path, 'a directory')
      return place
    case 'FileOrCreate':
      if (stats) check(stats.isFile(), path, 'a file')
      else createFile(place)
      return place
    case 'Directory':
      return checkPresent(place, path, stats, stats?.isDirectory(), 'a directory')
    case 'File':
      return checkPresent(place, path, stats, stats?.isFile(), 'a file')
    case 'Socket':
      return checkPresent(place, path, stats, stats?.isSocket(), 'a socket file')
    case 'CharDevice':
      return checkPresent(place, path, stats, stats?.isCharacterDevice(), 'a character device')
    case 'BlockDevice':
      return checkPresent(place, path, stats, stats?.isBlockDevice(), 'a block device')
    default:
      throw new VolumeError(`${type} is not a hostPath type`)
  }
}

function checkPresent(
  place: string,
  path: string,
  stats: Stats | undefined,
  isOfType: boolean | undefined,
  what: string,
): string {
  check(stats !== undefined && isOfType === true, path, what)
  return place
}

function check(isOfType: boolean, path: string, what: string): void {
  if (!isOfType) throw new VolumeError(`hostPath type check failed: ${path} is not ${what}`)
}

function createFile(place: string): void {
  // A kubelet makes the file, not the folders above it.
  try {
    closeSync(openSync(place, 'a', 0o644))
  } catch (cause) {
    throw new VolumeError(`hostPath type check failed: ${dirname(place)} cannot hold a new file`, { cause })
  }
}
