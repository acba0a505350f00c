import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

const root = '/sys/fs/cgroup'

/**
 * Removes an empty control group with everything below it, from each hierarchy (version 1) or from the only one (version 2).
 * @param {string} name a group right below the root
 */
export function removeControlGroups(name) {
  if (!existsSync(root)) return
  const hierarchies = [root, ...readdirSync(root).map((entry) => join(root, entry))]
  for (const hierarchy of hierarchies) removeTree(join(hierarchy, name))
}

/** A group's files vanish with it; only the groups below have to go first. @param {string} path */
function removeTree(path) {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(path, entry.name))
    }
    rmdirSync(path)
  } catch {
    // There is none in this hierarchy, or something still runs in it.
  }
}
