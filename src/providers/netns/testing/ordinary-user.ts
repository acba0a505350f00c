import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { packageRoot } from '../../../../helpers/package-root.ts'

/** No account of any machine: it exists only in the mount namespace of its processes. */
const name = 'packetproof-test'
const id = '64123'

const BECOME = `set -e
mount --bind "$1" "$2/package"
for file in passwd subuid subgid; do mount --bind "$2/$file" "/etc/$file"; done
shift 2
exec setpriv --reuid=${id} --regid=${id} --clear-groups "$@"`

export interface OrdinaryUser extends Disposable {
  /** What comes before a command that this user is to run. */
  readonly prefix: readonly string[]
  /** Where this user finds this package: the folder that it is in may be closed to all but its owner. */
  readonly root: string
}

/**
 * Skips the test, and says why, where no ordinary user can be had or none may make namespaces.
 * @param subordinateIds `FIRST:COUNT`; none when left out.
 */
export function becomeOrdinaryUser(context: TestContext, subordinateIds?: string): OrdinaryUser {
  context.skip(process.getuid?.() !== 0, 'only root can become another user: run the tests as root')
  const folder = mkdtempSync(join(tmpdir(), 'packetproof-user-'))
  chmodSync(folder, 0o755)
  const root = join(folder, 'package')
  mkdirSync(root)
  const ids = subordinateIds === undefined ? '' : `${name}:${subordinateIds}\n`
  writeFileSync(join(folder, 'passwd'), `${readFileSync('/etc/passwd', 'utf8')}${name}:x:${id}:${id}::/:/bin/sh\n`)
  for (const file of ['subuid', 'subgid']) writeFileSync(join(folder, file), ids)
  const prefix = ['unshare', '--mount', 'sh', '-c', BECOME, 'sh', packageRoot(), folder]
  const [program = '', ...rest] = prefix
  const probe = [
    'unshare',
    '--user',
    '--map-root-user',
    '--net',
    process.execPath,
    join(root, 'setup/node-version.mjs'),
  ]
  const { status, stderr } = spawnSync(program, [...rest, ...probe], { cwd: '/', encoding: 'utf8' })
  if (status !== 0) {
    rmSync(folder, { recursive: true })
    context.skip(`an ordinary user cannot run this here: ${stderr.trim()}`)
  }
  return { prefix, root, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}
