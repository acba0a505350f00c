import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'

// No package needs its install script; koffi brings its binary along. --include=dev, because NODE_ENV=production leaves out the compiler.
const install = ['npm', 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * @param {string} root
 * @returns {import('./prepare.mjs').Step}
 */
export function npmPackagesStep(root) {
  return {
    inspect() {
      const reason = whyStale(root)
      if (reason === undefined) return undefined
      return (announce) => {
        announce(`installing npm packages (${reason})`)
        return installPackages(root)
      }
    },
  }
}

/**
 * Compares what is to be installed with what npm says it installed, and looks whether it is still there.
 * @param {string} root
 */
function whyStale(root) {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return 'none yet'
  const wanted = readPackages(join(root, 'package-lock.json')) ?? {}
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue
    const present = installed[path]
    if (present === undefined) {
      // npm leaves out what was made for another system.
      if (entry.optional || entry.devOptional) continue
      return `${nameOf(path)} is missing`
    }
    if (present.version !== entry.version || present.integrity !== entry.integrity) {
      return `${nameOf(path)} ${present.version ?? ''} is not what package-lock.json says`
    }
    if (!existsSync(join(root, path, 'package.json'))) return `${nameOf(path)} is missing`
  }
  return undefined
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }> | undefined}
 */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** @param {string} path for instance `node_modules/a/node_modules/@b/c` */
function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** @param {string} root */
async function installPackages(root) {
  const folder = existsSync(join(root, 'node_modules')) ? join(root, 'node_modules') : root
  assertWritable(folder)
  assertWritable(root)
  const { exitCode, output } = await runQuietly(install, { cwd: root })
  if (exitCode === 0) return
  throw new SetupError(`"npm ci" failed in ${root} (exit code ${exitCode})`, {
    output,
    hint: 'see what npm printed above; packetproof needs the npm packages of package-lock.json in node_modules',
  })
}

/** @param {string} folder */
export function assertWritable(folder) {
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    throw new SetupError(`cannot write to ${folder}`, {
      hint: 'run as the user who owns the checkout, or make a checkout of your own',
    })
  }
}
