import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assertWritable } from './npm-packages.mjs'
import { runQuietly } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'

const sourceFolders = ['src', 'helpers', 'scenarios', 'bench']
const configFiles = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
const entryPoint = join('src', 'cli', 'main.js')

/**
 * Compiles the TypeScript sources to `dist` when they are not those that it was made from.
 * @param {string} root
 * @returns {import('./prepare.mjs').Step}
 */
export function buildStep(root) {
  return {
    inspect() {
      const before = readStamp(root)
      const now = listSources(root)
      if (before === JSON.stringify(now) && existsSync(join(root, 'dist', entryPoint))) return undefined
      return (announce) => {
        announce('compiling TypeScript to dist')
        return build(root, before, now)
      }
    },
  }
}

/**
 * @param {string} root
 * @param {string | undefined} before
 * @param {Record<string, string>} now
 */
async function build(root, before, now) {
  const dist = join(root, 'dist')
  assertWritable(existsSync(dist) ? dist : root)
  // What a vanished source left behind would still be found; an unknown state is no better.
  const isSafeToAddTo = before !== undefined && Object.keys(JSON.parse(before)).every((path) => path in now)
  if (!isSafeToAddTo || !existsSync(join(dist, entryPoint))) rmSync(dist, { recursive: true, force: true })
  rmSync(stampPath(root), { force: true })
  const { exitCode, output } = await runQuietly(['node_modules/.bin/tsc', '-p', 'tsconfig.build.json'], { cwd: root })
  if (exitCode !== 0) throw new SetupError('the TypeScript sources do not compile', { output })
  writeFileSync(stampPath(root), JSON.stringify(now))
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'dist', '.sources.json')
}

/** @param {string} root */
function readStamp(root) {
  try {
    return readFileSync(stampPath(root), 'utf8')
  } catch {
    return undefined
  }
}

/**
 * Every compiled source with its size and time of change.
 * @param {string} root
 */
function listSources(root) {
  const paths = sourceFolders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  return Object.fromEntries(
    [...configFiles, ...paths.sort((a, b) => (a < b ? -1 : 1))].map((path) => {
      const { size, mtimeMs } = statSync(join(root, path))
      return [path, `${size} ${mtimeMs}`]
    }),
  )
}
