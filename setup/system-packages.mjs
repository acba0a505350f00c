import { readFileSync } from 'node:fs'
import { aptInstall } from './apt.mjs'
import { findCommand } from './find-command.mjs'
import { runQuietly } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'

/**
 * `optional`: only some scenarios need it, and say so; it is installed along, and not missed where it cannot be.
 * @typedef {{ command: string, use: string, optional?: boolean, packages: Record<string, string> }} Tool
 */

/**
 * The package managers that this step can name a command of, each with that command.
 * @type {readonly { name: string, argv: readonly [string, ...string[]] }[]}
 */
const packageManagers = [
  { name: 'apt', argv: ['apt-get', 'install', '--yes', '--no-install-recommends'] },
  { name: 'dnf', argv: ['dnf', 'install', '--assumeyes'] },
  { name: 'zypper', argv: ['zypper', '--non-interactive', 'install'] },
  { name: 'pacman', argv: ['pacman', '-S', '--noconfirm'] },
  { name: 'apk', argv: ['apk', 'add'] },
]

/**
 * The tools that the netns provider runs. Installed through apt; on other distributions only named.
 * PACKETPROOF_SETUP_INSTALL=never names them on Debian and Ubuntu, too.
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('./prepare.mjs').Step}
 */
export function systemPackagesStep(env) {
  return {
    inspect() {
      const missing = findMissing(env)
      return missing.length === 0 ? undefined : (announce) => install(missing, env, announce)
    },
  }
}

/** @param {NodeJS.ProcessEnv} env */
function findMissing(env) {
  return readTools().filter((tool) => findCommand(tool.command, env) === undefined)
}

/** @returns {readonly Tool[]} */
function readTools() {
  return JSON.parse(readFileSync(new URL('tools.json', import.meta.url), 'utf8'))
}

/**
 * @param {readonly Tool[]} missing
 * @param {NodeJS.ProcessEnv} env
 * @param {(doing: string) => void} announce
 */
async function install(missing, env, announce) {
  const commands = missing.map((tool) => tool.command).join(', ')
  const manager = packageManagers.find(({ argv }) => findCommand(argv[0], env) !== undefined)
  const packages = packagesOf(missing, manager?.name ?? 'apt')
  const isMissed = missing.some(({ optional }) => !optional)
  if (manager === undefined) {
    if (!isMissed) return
    throw new SetupError(`not found: ${commands}`, { hint: `install what Debian calls ${packages.join(', ')}` })
  }
  const byHand = [...manager.argv, ...packages].join(' ')
  const mayInstall = manager.name === 'apt' && env.PACKETPROOF_SETUP_INSTALL !== 'never'
  const asRoot = mayInstall ? await rootPrefix(env) : undefined
  if (asRoot === undefined) {
    if (!isMissed) return
    throw new SetupError(`not found: ${commands}`, { hint: `run: ${isRoot() ? '' : 'sudo '}${byHand}` })
  }
  announce(
    `installing ${packages.length} ${packages.length === 1 ? 'package' : 'packages'} with apt (${packages.join(', ')})`,
  )
  await aptInstall(asRoot, packages, byHand)
  const still = findMissing(env).map((tool) => tool.command)
  if (still.length > 0) throw new SetupError(`still not found after the installation: ${still.join(', ')}`)
}

/**
 * @param {readonly Tool[]} tools
 * @param {string} manager
 */
function packagesOf(tools, manager) {
  const named = tools.filter(({ optional, packages }) => !optional || packages[manager] !== undefined)
  return [...new Set(named.map((tool) => tool.packages[manager] ?? tool.command))]
}

/**
 * What to put before a command so that root runs it; undefined when that would need a password.
 * @param {NodeJS.ProcessEnv} env
 */
export async function rootPrefix(env) {
  if (isRoot()) return []
  if (findCommand('sudo', env) === undefined) return undefined
  const { exitCode } = await runQuietly(['sudo', '-n', 'true'])
  return exitCode === 0 ? ['sudo', '-n'] : undefined
}

function isRoot() {
  return process.getuid?.() === 0
}
