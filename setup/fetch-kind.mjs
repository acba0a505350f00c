import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCommand } from './find-command.mjs'
import { runQuietly } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Takes the program kind out of Debian's package of it, which only newer suites have: apt fetches and verifies it with lists and a cache
 * of its own, and nothing is installed.
 * @param {string} folder where `kind` goes
 * @param {NodeJS.ProcessEnv} env
 * @throws {SetupError} when it cannot be had
 */
export async function fetchKind(folder, env) {
  const missing = ['apt-get', 'dpkg-deb'].filter((command) => findCommand(command, env) === undefined)
  if (missing.length > 0 || !existsSync(keyring))
    throw new SetupError('Debian has a package of it, and this is not Debian')
  const place = mkdtempSync(join(tmpdir(), 'packetproof-apt-'))
  try {
    for (const name of ['lists/partial', 'cache/archives/partial', 'package'])
      mkdirSync(join(place, name), { recursive: true })
    writeFileSync(join(place, 'sources.list'), `deb [signed-by=${keyring}] ${await mirror(place)} sid main\n`)
    const options = {
      'Dir::Etc::SourceList': join(place, 'sources.list'),
      'Dir::Etc::SourceParts': '/dev/null',
      'Dir::State::Lists': join(place, 'lists'),
      'Dir::State::status': '/dev/null',
      'Dir::Cache': join(place, 'cache'),
      'Acquire::Languages': 'none',
      'APT::Sandbox::User': '',
    }
    const apt = [
      'apt-get',
      ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
      '--quiet',
    ]
    await run([...apt, 'update'], place)
    await run([...apt, 'download', 'kind'], place)
    const archive = readdirSync(place).find((name) => name.endsWith('.deb'))
    if (archive === undefined) throw new SetupError('apt-get download left no package')
    await run(['dpkg-deb', '-x', archive, 'package'], place)
    const program = join(place, 'package/usr/bin/kind')
    // A package of a newer suite may need a newer C library than this machine has.
    await run([program, 'version'], place)
    copyFileSync(program, join(folder, 'kind'))
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/**
 * Where this machine has its own packages from: the mirror of its main suite has the newer suites, too.
 * @param {string} cwd
 */
async function mirror(cwd) {
  const said = await run(['apt-get', 'indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages'], cwd)
  // The main suite is a word of its own; updates and security have a part more.
  const [, uri] = /^(\w+:\S+) \w+$/m.exec(said) ?? []
  if (uri === undefined) throw new SetupError('apt has no source of packages')
  return uri
}

/**
 * @param {readonly string[]} argv
 * @param {string} cwd
 */
async function run(argv, cwd) {
  const { exitCode, output } = await runQuietly(argv, { cwd })
  if (exitCode === 0) return output
  const last = output.trim().split('\n').at(-1)
  throw new SetupError(`${argv[0]} ${argv.slice(-2).join(' ')} failed: ${last}`)
}
