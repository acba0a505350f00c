import { readdirSync } from 'node:fs'
import { runQuietly } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'

/**
 * Installs packages; reads the package lists anew first when there are none, and again when the old ones do not do.
 * @param {readonly string[]} asRoot what makes root run a command: nothing, or `sudo -n`
 * @param {readonly string[]} packages
 * @param {string} byHand the command for the reader, should this one fail
 */
export async function aptInstall(asRoot, packages, byHand) {
  const apt = [
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-o',
    'DPkg::Lock::Timeout=300',
    '--quiet',
  ]
  const install = [...apt, 'install', '--yes', '--no-install-recommends', ...packages]
  const update = [...apt, 'update']
  const attempts = haveLists() ? [install, update, install] : [update, install]
  /** @type {{ exitCode: number | null, output: string }} */
  let last = { exitCode: null, output: '' }
  for (const argv of attempts) {
    last = await runQuietly(argv)
    if (argv === install && last.exitCode === 0) return
  }
  throw new SetupError(`apt could not install ${packages.join(', ')} (exit code ${last.exitCode})`, {
    output: last.output,
    hint: `see what apt printed above, then run: ${byHand}`,
  })
}

function haveLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.endsWith('Packages') || name.includes('_Packages'))
  } catch {
    return false
  }
}
