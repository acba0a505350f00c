import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../helpers/package-root.ts'

/**
 * A digest of what an image is built from, so that one of yesterday's sources is not taken for today's.
 * @param paths files and folders of this package; one that an installed package does not have is left out
 */
export function sourceDigest(paths: readonly string[], root = packageRoot()): string {
  const hash = createHash('sha256')
  for (const path of paths.flatMap((each) => filesOf(root, each)).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}

function filesOf(root: string, path: string): readonly string[] {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (statSync(full).isFile()) return [path]
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => !file.endsWith('.test.ts') && statSync(join(root, file)).isFile())
}
