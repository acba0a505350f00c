import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import { diffRules } from '../../ruleset/diff-rules.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { defaultMasqConfig } from './config.ts'
import { renderMasqueradeRules } from './rules.ts'

const run = promisify(execFile)
const chain = 'IP-MASQ-AGENT'
const jump =
  '-A POSTROUTING -m comment --comment "ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic ' +
  'to our custom IP-MASQ-AGENT chain" -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT'
const entry = `import { masqueradeAgentCommand } from ${JSON.stringify(
  new URL('../../../dist/src/components/masquerade/agent-command.js', import.meta.url).href,
)}; process.exitCode = await masqueradeAgentCommand(process.argv.slice(1))`

let folder: string
let config: string
let space: ChildProcess
let agent: ChildProcess | undefined
let log: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packetproof-masquerade-'))
  config = join(folder, 'config')
  path = process.env['PATH'] ?? ''
  log = ''
  space = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => space.stdout?.once('data', resolve))
})

afterEach(async () => {
  agent?.kill('SIGKILL')
  agent = undefined
  space.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function inSpace(argv: readonly string[]): [string, string[]] {
  return ['nsenter', ['-t', String(space.pid), '-n', '--', ...argv]]
}

async function tool(...argv: readonly string[]): Promise<string> {
  const [program, args] = inSpace(argv)
  return (await run(program, args, { env: { ...process.env, PATH: path } })).stdout
}

async function pipe(payload: string, ...argv: readonly string[]): Promise<void> {
  const [program, args] = inSpace(argv)
  const pending = run(program, args, { env: { ...process.env, PATH: path } })
  pending.child.stdin?.end(payload)
  await pending
}

function start(...flags: readonly string[]): void {
  const [program, args] = inSpace([
    process.execPath,
    '--input-type=module',
    '-e',
    entry,
    '--',
    '--config',
    config,
    ...flags,
  ])
  agent = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, PATH: path } })
  agent.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
}

const nat = async (save = 'iptables-save'): Promise<string> => await tool(save, '-t', 'nat')
const kept = (listing: string): string[] =>
  [...listing.matchAll(/^-A IP-MASQ-AGENT -d (\S+) .*-j RETURN$/gm)].map((match) => match[1] ?? '')

async function untilRules(cidrs: readonly string[], save?: string): Promise<string> {
  return await waitFor(
    `${cidrs.join(' ')} and the jump; the log: ${log}`,
    async () => {
      const listing = await nat(save)
      return kept(listing).join() === cidrs.join() && listing.includes(jump) ? listing : undefined
    },
    { timeoutMs: 15_000, intervalMs: 30 },
  )
}

async function untilLogged(text: string): Promise<void> {
  await waitFor(`the log line ${text}`, () => log.includes(text), { timeoutMs: 15_000 })
}

const defaults = ['169.254.0.0/16', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']

describe.skipIf(process.getuid?.() !== 0)('the masquerade agent (needs root for namespaces)', () => {
  it('writes the default rules, which mean what the payload says', async () => {
    start()
    const listing = await untilRules(defaults)
    const payload = renderMasqueradeRules(4, defaultMasqConfig({ noMasqAllReservedRanges: false }), {
      chain,
      randomFully: true,
      toPorts: [],
    })
    const saved = parseRuleset(listing)
    const differences = diffRules(parseRuleset(payload, { format: 'restore' }), saved, (_, name) => name === chain)
    expect(differences).toEqual([])
  })

  it('heals a deleted jump, a deleted chain and a foreign rule, and leaves other chains alone', async () => {
    await writeFile(config, 'nonMasqueradeCIDRs: [10.0.0.0/8]\nresyncInterval: 100ms\n')
    await tool('iptables', '-t', 'nat', '-N', 'OTHER')
    await tool('iptables', '-t', 'nat', '-A', 'OTHER', '-d', '192.0.2.1', '-j', 'RETURN')
    await tool('iptables', '-t', 'nat', '-A', 'POSTROUTING', '-d', '192.0.2.2', '-j', 'OTHER')
    const wanted = ['169.254.0.0/16', '10.0.0.0/8']
    start()
    await untilRules(wanted)
    await tool('iptables', '-t', 'nat', '-I', chain, '-d', '203.0.113.9', '-j', 'RETURN')
    await untilRules(wanted)
    await tool('iptables', '-w', '5', '-t', 'nat', '-D', 'POSTROUTING', '2')
    await untilRules(wanted)
    await pipe(
      `*nat\n:${chain} - [0:0]\n-D ${jump.slice(3)}\n-X ${chain}\nCOMMIT\n`,
      'iptables-restore',
      '-w',
      '5',
      '--noflush',
    )
    const listing = await untilRules(wanted)
    expect(listing).toContain('-A OTHER -d 192.0.2.1/32 -j RETURN')
    expect(listing.match(/^-A POSTROUTING .*$/gm)).toEqual(['-A POSTROUTING -d 192.0.2.2/32 -j OTHER', jump])
  })

  it('keeps the old rules and heals nothing while the file is bad, and returns to the defaults when it is gone', async () => {
    await writeFile(config, 'nonMasqueradeCIDRs: [10.0.0.0/8]\nresyncInterval: 100ms\n')
    start()
    await untilRules(['169.254.0.0/16', '10.0.0.0/8'])
    await writeFile(config, 'nonMasqueradeCIDRs: [10.0.0.1/8]\n')
    await untilLogged('Error syncing configuration: CIDR "10.0.0.1/8" is not aligned to a CIDR block')
    expect(kept(await nat())).toEqual(['169.254.0.0/16', '10.0.0.0/8'])
    await tool('iptables', '-t', 'nat', '-F', chain)
    log = ''
    await untilLogged('Error syncing configuration')
    log = ''
    await untilLogged('Error syncing configuration')
    expect(kept(await nat())).toEqual([])
    await unlink(config)
    await untilRules(defaults)
  })

  it('makes no chain when the first file is bad', async () => {
    await writeFile(config, '*')
    start()
    await untilLogged('Error syncing configuration: yaml: did not find expected alphabetic or numeric character')
    expect(await nat()).not.toContain(chain)
  })

  it('writes IPv6 rules too when it is told to', async () => {
    await writeFile(config, 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]\nresyncInterval: 100ms\n')
    start('--enable-ipv6')
    await untilRules(['169.254.0.0/16', '10.0.0.0/8'])
    const listing = await untilRules(['fe80::/10', 'fd00::/8'], 'ip6tables-save')
    expect(listing).toMatch(/-j MASQUERADE --random-fully\nCOMMIT/)
  })

  it('works with the legacy variant that the PATH leads to', async () => {
    for (const name of ['iptables', 'iptables-save', 'iptables-restore']) {
      await symlink('/usr/sbin/xtables-legacy-multi', join(folder, name))
    }
    path = `${folder}:${path}`
    start()
    expect(await untilRules(defaults)).not.toContain('nf_tables')
    expect(await tool('iptables', '--version')).toContain('legacy')
    expect(await tool('iptables-nft-save', '-t', 'nat')).not.toContain(chain)
  })

  it('writes --to-ports rules that iptables takes, under another chain name', async () => {
    start('--masq-chain=IP-MASQ', '--to-ports', '1024-29999,32768-65535', '--random-fully=false')
    const listing = await waitFor(
      'the chain',
      async () => {
        const text = await nat()
        return text.includes('-A IP-MASQ -m comment') ? text : undefined
      },
      { timeoutMs: 15_000 },
    )
    const masquerade = listing.match(/^-A IP-MASQ .*-j MASQUERADE.*$/gm) ?? []
    expect(masquerade).toHaveLength(7)
    expect(masquerade[0]).toMatch(/-p tcp .*--probability 0\.46929256\d* .*-j MASQUERADE --to-ports 1024-29999$/)
    expect(masquerade.join()).not.toContain('random-fully')
  })

  it('sets the counters back to zero in each cycle', async () => {
    await writeFile(config, 'resyncInterval: 1s\n')
    start()
    const listing = await untilRules(defaults)
    const rules = listing.match(/^-A IP-MASQ-AGENT .*$/gm) ?? []
    const counted = rules.map((rule) => `[7:700] ${rule}`).join('\n')
    const payload = `*nat\n:${chain} - [0:0]\n${counted}\nCOMMIT\n`
    await pipe(payload, 'iptables-restore', '-w', '5', '--noflush', '--counters')
    const counters = await waitFor(
      'a listing in which the counters are not the old ones',
      async () => {
        const text = await tool('iptables-save', '-c', '-t', 'nat')
        return text.includes('[7:700] -A IP-MASQ-AGENT') ? undefined : text
      },
      { timeoutMs: 15_000 },
    )
    expect(counters.match(/^.* -A IP-MASQ-AGENT .*$/gm)?.map((line) => line.split(' ')[0])).toEqual(
      rules.map(() => '[0:0]'),
    )
  })

  it('says what is wrong when there is no iptables, and stays', async () => {
    path = folder
    await writeFile(config, 'resyncInterval: 100ms\n')
    const [, args] = inSpace([process.execPath, '--input-type=module', '-e', entry, '--', '--config', config])
    agent = spawn('/usr/bin/nsenter', args, { stdio: ['ignore', 'inherit', 'pipe'], env: { PATH: folder } })
    agent.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    await untilLogged('exec: "iptables": executable file not found in $PATH')
    log = ''
    await untilLogged('Error syncing masquerade rules: error creating chain "IP-MASQ-AGENT"')
    expect(log).toMatch(/^E\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ \S+:\d+\] Error syncing masquerade rules: /m)
    expect(agent.exitCode).toBeNull()
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends at once on %s and leaves its rules', async (signal) => {
    start()
    await untilRules(defaults)
    const ended = new Promise((resolve) => agent?.once('exit', (code) => resolve(code)))
    agent?.kill(signal)
    expect(await ended).toBe(0)
    expect(kept(await nat())).toEqual(defaults)
  })
})
