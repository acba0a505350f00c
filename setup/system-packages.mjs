import { readFileSync } from 'node:fs'
import { aptInstall } from './apt.mjs'
import { findCommand } from './find-command.mjs'
import { runQuietly } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'

/** @typedef {{ command: string, use: string, packages: Record<string, string> }} Tool */

const installCommands = {
  apt: ['apt-get', 'install', '--yes', '--no-install-recommends'],
  dnf: ['dnf', 'install', '--assumeyes'],
  zypper: ['zypper', '--non-interactive', 'install'],
  pacman: ['pacman', '-S', '--noconfirm'],
  apk: ['apk', 'add'],
}

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
  const manager = Object.keys(installCommands).find((name) => findCommand(installCommands[name][0], process.env))
  const packages = [...new Set(missing.map((tool) => tool.packages[manager ?? 'apt']))]
  if (manager === undefined) {
    throw new SetupError(`not found: ${commands}`, { hint: `install what Debian calls ${packages.join(', ')}` })
  }
  const byHand = [...installCommands[manager], ...packages].join(' ')
  const asRoot = manager === 'apt' && env.PACKETPROOF_SETUP_INSTALL !== 'never' ? await rootPrefix() : undefined
  if (asRoot === undefined) {
    throw new SetupError(`not found: ${commands}`, { hint: `run: ${process.getuid() === 0 ? '' : 'sudo '}${byHand}` })
  }
  announce(
    `installing ${packages.length} ${packages.length === 1 ? 'package' : 'packages'} with apt (${packages.join(', ')})`,
  )
  await aptInstall(asRoot, packages, byHand)
  const still = findMissing(env).map((tool) => tool.command)
  if (still.length > 0) throw new SetupError(`still not found after the installation: ${still.join(', ')}`)
}

/** What to put before a command so that root runs it; undefined when that would need a password. */
async function rootPrefix() {
  if (process.getuid() === 0) return []
  if (findCommand('sudo', process.env) === undefined) return undefined
  const { exitCode } = await runQuietly(['sudo', '-n', 'true'])
  return exitCode === 0 ? ['sudo', '-n'] : undefined
}
