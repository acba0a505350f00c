import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Deletes this machine's connection tracking entries of what these addresses or CIDRs have sent.
 * @throws Error of conntrack, or that there is none.
 */
export async function forgetFlows(sources: readonly string[]): Promise<void> {
  // `conntrack -R -` would be one process for all, but cannot read the socket that Node.js makes of a child's standard input.
  await Promise.all(
    sources.map(async (source) => {
      await deleteFlows(['-D', '-f', source.includes(':') ? 'ipv6' : 'ipv4', '-s', source])
    }),
  )
}

async function deleteFlows(command: readonly string[]): Promise<void> {
  // It ends with 1 when there was nothing to delete.
  await run('conntrack', [...command]).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 1) throw error
  })
}
