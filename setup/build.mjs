import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assertWritable } from './npm-packages.mjs'
import { runQuietly } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'

const sourceFolders = ['src', 'helpers', 'scenarios', 'bench']
const configFiles = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
const stampName = '.sources.json'
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
        return build(root, now)
      }
    },
  }
}

/**
 * @param {string} root
 * @param {Record<string, string>} now
 */
async function build(root, now) {
  const dist = join(root, 'dist')
  assertWritable(existsSync(dist) ? dist : root)
  // Made beside it and put in its place when it is whole: what runs from the old one goes on.
  const made = join(root, `.dist-${process.pid}`)
  try {
    const argv = ['node_modules/.bin/tsc', '-p', 'tsconfig.build.json', '--outDir', made]
    const { exitCode, output } = await runQuietly(argv, { cwd: root })
    if (exitCode !== 0) throw new SetupError('the TypeScript sources do not compile', { output })
    writeFileSync(join(made, stampName), JSON.stringify(now))
    const old = join(root, `.dist-${process.pid}-old`)
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(made, dist)
    rmSync(old, { recursive: true, force: true })
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/** @param {string} root */
function readStamp(root) {
  try {
    return readFileSync(join(root, 'dist', stampName), 'utf8')
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
