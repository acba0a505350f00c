import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { dryRunMasquerade } from './dry-run.ts'
import { parseMasqueradeFlags } from './flags.ts'

const run = promisify(execFile)

describe.skipIf(process.getuid?.() !== 0)('the payload of a dry run (needs root for namespaces)', () => {
  it.each([
    ['iptables-restore', ['--family=4']],
    ['iptables-legacy-restore', ['--family=4']],
    ['ip6tables-restore', ['--family=6', '--enable-ipv6']],
    ['iptables-restore', ['--to-ports=1024-29999,32768-49151,61000-65535', '--nomasq-all-reserved-ranges']],
    ['ip6tables-restore', ['--family=6', '--to-ports=80,443', '--random-fully=false']],
  ])('is accepted by %s with %j', async (program, flags) => {
    const { stdout } = await dryRunMasquerade(parseMasqueradeFlags([...flags, '--config=/nonexistent/config']))
    const pending = run('unshare', ['-n', program, '--test', '--noflush'])
    pending.child.stdin?.end(stdout)
    await expect(pending).resolves.toMatchObject({ stderr: '' })
  })
})
