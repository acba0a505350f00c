import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../helpers/package-root.ts'

interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the compiled program, as people do. */
async function packetproof(argv: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [join(packageRoot(), 'bin', 'packetproof.mjs'), ...argv], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
  })
  const exitCode = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  child.stdin.on('error', () => undefined).end(input)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { exitCode: await exitCode, stdout, stderr }
}

const listing = '*nat\n:POSTROUTING ACCEPT [3:180]\n[2:168] -A POSTROUTING -d 10.0.0.0/8 -j RETURN\nCOMMIT\n'

describe('packetproof', () => {
  it('prints its help on stdout when asked, and on stderr when called without a command', async () => {
    expect(await packetproof(['--help'])).toMatchObject({ exitCode: 0, stderr: '' })
    const bare = await packetproof([])
    expect(bare).toMatchObject({ exitCode: 2, stdout: '' })
    expect(bare.stderr).toContain('Usage: packetproof')
  })

  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
    expect(await packetproof(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([
    [['rnu'], 'error: unknown command \'rnu\'\nhint: did you mean "run"?\n'],
    [['run', '--tst', 'x'], "error: unknown option '--tst'\nhint: did you mean --test?\n"],
    [['run', 'masqerade'], 'error: there is no scenario "masqerade"\nhint: did you mean "masquerade"?\n'],
    [
      ['run', '--provider', 'netsn'],
      'error: --provider "netsn": expected kind, kubeconfig, netns\nhint: did you mean "netns"?\n',
    ],
    [['run', '--test', 'S0('], 'error: --test "S0(" is not a regular expression\n'],
    [['run', '--api-port', '99999'], 'error: --api-port "99999": expected a TCP port from 1 to 65535\n'],
    [['run', '--timeout', 'soon'], 'error: --timeout "soon": expected a time such as 90s, 10m or 1h30m\n'],
    [['prove', '--only-fault', 'x'], 'error: there is no fault "x"\n'],
    [['agent', 'masqerade'], 'error: unknown agent "masqerade"\nhint: did you mean "masquerade"?\n'],
    [['pcap'], "error: missing required argument 'file'\n"],
    [['rules', 'a', 'b', 'c'], 'error: too many arguments'],
    [['pcap', '/no/such/file'], 'error: cannot read /no/such/file\n'],
    [['report', '/no/such/folder'], 'error: cannot read the folder /no/such/folder\n'],
  ])('%j is refused with exit code 2', async (argv, message) => {
    const { exitCode, stdout, stderr } = await packetproof(argv)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr.startsWith(message)).toBe(true)
    expect(stderr).not.toContain('    at ')
  })

  it('shows the stack of an error when asked to', async () => {
    expect((await packetproof(['run', 'x', '-v'])).stderr).toContain('    at ')
  })

  it('plans a run without touching anything', async () => {
    const { exitCode, stdout } = await packetproof(['prove', '--dry-run', '--format', 'json'])
    expect(exitCode).toBe(0)
    const plan = JSON.parse(stdout) as { scenarios: { name: string; clusters: number; faults: unknown[] }[] }
    const masquerade = plan.scenarios.find(({ name }) => name === 'masquerade')
    expect(masquerade?.faults.length).toBeGreaterThan(0)
    expect(masquerade?.clusters).toBe(1 + (masquerade?.faults.length ?? 0))
    expect(readdirSync(folder)).toEqual([])
  })

  it('lists scenarios as a table and as JSON', async () => {
    expect((await packetproof(['list'])).stdout).toMatch(/^SCENARIO .*\nmasquerade /)
    const [scenario] = JSON.parse((await packetproof(['list', '--format', 'json'])).stdout) as { claims: object[] }[]
    expect(scenario?.claims[0]).toHaveProperty('expectation')
  })

  it('parses a ruleset from a file and from standard input', async () => {
    const file = join(folder, 'rules.txt')
    writeFileSync(file, listing)
    for (const { stdout, exitCode } of [
      await packetproof(['rules', file]),
      await packetproof(['rules', '-'], listing),
    ]) {
      expect(exitCode).toBe(0)
      expect(stdout).toContain('-d 10.0.0.0/8 -j RETURN')
    }
    rmSync(file)
  })

  it('refuses a ruleset and a capture that are none', async () => {
    expect(await packetproof(['rules', '-'], 'hello\n')).toMatchObject({ exitCode: 2, stdout: '' })
    expect(await packetproof(['pcap', '-'], 'hello\n')).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('takes options from the environment', async () => {
    const { stdout } = await packetproof(['rules', '-'], listing, { PACKETPROOF_FORMAT: 'json' })
    expect(JSON.parse(stdout)).toMatchObject({ tables: [{ name: 'nat' }] })
  })

  it('says what the machine lacks, and exits with 3 when the provider cannot run', async () => {
    const tools = mkdtempSync(join(folder, 'tools-'))
    const { exitCode, stdout } = await packetproof(['doctor', '--format', 'json'], '', { PACKETPROOF_TOOL_PATH: tools })
    expect(exitCode).toBe(3)
    const { usable, checks } = JSON.parse(stdout) as { usable: boolean; checks: { name: string; fix?: string }[] }
    expect(usable).toBe(false)
    expect(checks.find(({ name }) => name.startsWith('tcpdump'))?.fix).toContain('apt-get install')
    rmSync(tools, { recursive: true })
  })

  it('finds this machine usable', async () => {
    const { exitCode, stdout } = await packetproof(['doctor'])
    expect(stdout).toContain('The netns provider can run here.')
    expect(exitCode).toBe(0)
  })

  it('hands an agent its arguments as they are', async () => {
    const { exitCode, stdout } = await packetproof(['agent', 'masquerade', '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('--masq-chain')
  })
})
