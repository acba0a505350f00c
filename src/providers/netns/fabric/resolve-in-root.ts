import { readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** As many links as the kernel follows before it says ELOOP. */
const MOST_LINKS = 40

/**
 * Where `path` leads for a process whose root is `root`: links on the way (`/var/run` to `/run`) are followed inside the root and
 * never lead out of it. What does not exist stays as it is written.
 */
export function resolveInRoot(root: string, path: string): string {
  let resolved: string[] = []
  const left = path.split('/').reverse()
  let links = 0
  while (left.length > 0) {
    const name = left.pop() ?? ''
    if (name === '' || name === '.') continue
    if (name === '..') {
      resolved.pop()
      continue
    }
    const link = links < MOST_LINKS ? linkTarget(join(root, ...resolved, name)) : undefined
    if (link === undefined) {
      resolved.push(name)
      continue
    }
    links += 1
    if (link.startsWith('/')) resolved = []
    left.push(...link.split('/').reverse())
  }
  return join(root, ...resolved)
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // Not a link, or not there.
    return undefined
  }
}
