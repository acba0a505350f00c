import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isolatedHost } from '../../../ruleset/isolated-host.test-helper.ts'
import { mustRun, type RunTool, toolsOf } from '../../run-tool.ts'
import { type ApplyOutcome, applyInitRules } from './apply-rules.ts'
import { buildInitRules, type PodFacts } from './build-rules.ts'
import { optionsOf } from './init-rules.test-helper.ts'
import { renderRemoval, renderRestore } from './rule-builder.ts'

const facts: PodFacts = { hasIpv6: true, dnsServers: { 4: ['10.96.0.10'], 6: ['fd00:10:96::a'] } }

/** Every flag is in one of them at least. */
const combinations: readonly (readonly string[])[] = [
  [],
  ['-b', '*', '-i', '*', '-d', '15090,15021,15020', '--drop-invalid'],
  [
    '-b',
    '4000,5000:5010',
    '-i',
    '10.0.0.0/8,2001:db8::/32',
    '-x',
    '10.1.0.0/16,2001:db8:1::/48',
    '-q',
    '32000',
    '-o',
    '22,80',
  ],
  ['-b', '*', '-i', '127.1.2.3/32', '-u', '3,4', '-g', '1,2', '-k', 'eth1,eth2', '-c', 'eth3'],
  ['-m', 'TPROXY', '-b', '*', '-i', '*', '-d', '15021', '--redirect-dns', '-c', 'eth3', '-k', 'eth1'],
  ['-m', 'TPROXY', '-b', '80,443', '-t', '77', '-r', '78', '--redirect-dns', '--capture-all-dns', '--drop-invalid'],
]

let host: Awaited<ReturnType<typeof isolatedHost>>
let run: RunTool

beforeEach(async () => {
  host = await isolatedHost()
  run = toolsOf(host)
})

afterEach(async () => {
  await host[Symbol.asyncDispose]()
})

async function apply(argv: readonly string[], env: Record<string, string> = {}): Promise<ApplyOutcome> {
  const options = optionsOf(argv, env)
  return await applyInitRules(run, options, facts, buildInitRules(options, facts), () => undefined)
}

describe.each(['nft', 'legacy'])('with iptables-%s', (backend) => {
  const variant = ['--force-iptables-binary', backend]

  async function state(): Promise<string> {
    const texts = await Promise.all(
      [['iptables'], ['ip6tables']].map(async ([name]) => await mustRun(run, [`${name}-${backend}-save`])),
    )
    const routes = await Promise.all([4, 6].map(async (family) => await mustRun(run, ['ip', `-${family}`, 'rule'])))
    const rules = texts.join('').replaceAll(/^#.*\n|\[\d+:\d+\]/gm, '')
    return rules + routes.join('')
  }

  const ruleLines = (text: string): string[] => text.split('\n').filter((line) => /^-A|^:ISTIO|fwmark/.test(line))
  const ownLines = (text: string): string[] => text.split('\n').filter((line) => line.includes('ISTIO_'))

  // What differs between the variants is not the flags.
  const some = backend === 'nft' ? combinations : combinations.slice(-2)
  it.each(some.map((argv) => [argv]))('applies %j once, and takes it away again', async (argv) => {
    await mustRun(run, [
      `iptables-${backend}`,
      '-t',
      'nat',
      '-A',
      'OUTPUT',
      '-p',
      'tcp',
      '--dport',
      '123',
      '-j',
      'ACCEPT',
    ])
    expect(await apply([...variant, ...argv])).toBe('applied')
    const applied = await state()
    expect(ownLines(applied).length).toBeGreaterThan(10)
    expect(await apply([...variant, ...argv])).toBe('unchanged')
    expect(await state()).toBe(applied)
    await expect(apply([...variant, ...argv, '--force-apply'])).rejects.toThrow(
      'the rules were not applied, and are as they were',
    )
    expect(await state()).toBe(applied)
    expect(await apply([...variant, ...argv, '--cleanup-only'])).toBe('removed')
    const left = await state()
    expect(left.split('\n').filter((line) => line.startsWith('-A'))).toEqual([
      '-A OUTPUT -p tcp -m tcp --dport 123 -j ACCEPT',
    ])
    expect(left).not.toMatch(/ISTIO_|fwmark/)
  })

  it('fails where the rules differ, and replaces them when it may', async () => {
    const redirect = [...variant, '-b', '*', '-i', '*']
    await apply(redirect)
    const before = await state()
    const tproxy = [...variant, '-b', '*', '-i', '*', '-m', 'TPROXY']
    await expect(apply(tproxy)).rejects.toThrow('are as they were')
    // Legacy keeps a table that was made and emptied again.
    expect(ruleLines(await state())).toEqual(ruleLines(before))
    expect(await apply([...tproxy, '--reconcile'])).toBe('replaced')
    expect(await state()).toContain('-j TPROXY')
    expect(await state()).not.toContain('-p tcp -j DROP')
    expect(await apply(tproxy)).toBe('unchanged')
    expect(await apply([...redirect, '--reconcile'])).toBe('replaced')
    expect(ownLines(await state())).toEqual(ownLines(before))
  })

  it('sees another rule in an own chain, and not one in a built-in chain', async () => {
    const argv = [...variant, '-b', '*', '-i', '*']
    const foreign = ['-p', 'tcp', '--dport', '123', '-j', 'ACCEPT']
    await apply(argv)
    await mustRun(run, [`iptables-${backend}`, '-t', 'nat', '-A', 'OUTPUT', ...foreign])
    expect(await apply(argv)).toBe('unchanged')
    await mustRun(run, [`iptables-${backend}`, '-t', 'nat', '-A', 'ISTIO_INBOUND', ...foreign])
    await expect(apply(argv)).rejects.toThrow('as they were')
    expect(await apply([...argv, '--reconcile'])).toBe('replaced')
    expect(await apply(argv)).toBe('unchanged')
  })

  it('puts back what was there when iptables refuses a rule of a later table', async () => {
    const before = await state()
    const env = { ISTIO_OUTBOUND_OWNER_GROUPS: 'no-such-group' }
    await expect(apply([...variant, '-m', 'TPROXY', '-b', '*'], env)).rejects.toThrow('no-such-group')
    expect((await state()).match(/^-A|^:ISTIO/gm)).toBeNull()
    expect(before.match(/^-A/gm)).toBeNull()
  })
})

it('takes away with the payload of a dry run what that of another has made', async () => {
  const rules = buildInitRules(optionsOf(['-m', 'TPROXY', '-b', '*', '-i', '*', '-c', 'eth1']), facts)
  const restore = ['iptables-restore', '-w', '5', '--noflush']
  await mustRun(run, restore, renderRestore(rules[4]))
  expect(await mustRun(run, ['iptables-save'])).toContain('ISTIO_TPROXY')
  await mustRun(run, restore, renderRemoval(rules[4]))
  expect(await mustRun(run, ['iptables-save'])).not.toMatch(/ISTIO_|^-A/m)
})

it('chooses legacy where legacy rules are, and nft elsewhere', async () => {
  await apply([])
  expect(await mustRun(run, ['iptables-nft-save'])).toContain('ISTIO_OUTPUT')
  await apply(['--cleanup-only'])
  await mustRun(run, ['iptables-legacy', '-A', 'INPUT', '-j', 'ACCEPT'])
  await apply([])
  expect(await mustRun(run, ['iptables-legacy-save'])).toContain('ISTIO_OUTPUT')
  expect(await mustRun(run, ['iptables-nft-save'])).not.toContain(':ISTIO_')
})
