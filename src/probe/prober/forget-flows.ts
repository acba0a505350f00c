import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Deletes this machine's connection tracking entries of what these addresses have sent.
 * @throws Error of conntrack, or that there is none.
 */
export async function forgetFlows(addresses: readonly string[]): Promise<void> {
  const commands = addresses.map((address) => ['-D', '-f', address.includes(':') ? 'ipv6' : 'ipv4', '-s', address])
  try {
    // One process for all of them; conntrack-tools before 1.4.7 cannot.
    const all = run('conntrack', ['-R', '-'])
    // One that ends early, for instance because it does not know the option, is told by its exit code.
    all.child.stdin?.on('error', () => undefined)
    all.child.stdin?.end(commands.map((command) => `${command.join(' ')}\n`).join(''))
    await all
  } catch {
    for (const command of commands) await deleteFlows(command)
  }
}

async function deleteFlows(command: readonly string[]): Promise<void> {
  // It ends with 1 when there was nothing to delete.
  await run('conntrack', [...command]).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 1) throw error
  })
}
