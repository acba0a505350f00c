import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Host } from '../cluster/host.ts'
import { deltaOf } from './delta.ts'
import { diffRules } from './diff-rules.ts'
import { isolatedHost } from './isolated-host.test-helper.ts'
import { rulesOf } from './model.ts'
import { parseRuleset } from './parse-ruleset.ts'
import { printRule, printRuleset } from './print-ruleset.ts'
import { readHandles, rewrittenChains } from './read-handles.ts'
import { readRuleset } from './read-ruleset.ts'
import { startTrace } from './run-trace.ts'
import { selectRule } from './select-rules.ts'

const testdata = new URL('testdata/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, testdata), 'utf8')
const saves = readdirSync(testdata).filter((name) => name.endsWith('.save'))

async function succeed(host: Host, argv: readonly string[], stdin = ''): Promise<number | null> {
  const { exitCode, stderr } = await host.exec(argv, { stdin })
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} exited with ${exitCode}: ${stderr}`)
  return exitCode
}

async function makeSets(host: Host): Promise<void> {
  await succeed(host, ['ipset', 'create', 'nodes-v4', 'hash:ip'])
  await succeed(host, ['ipset', 'create', 'pods-v4', 'hash:net'])
  await succeed(host, ['ipset', 'create', 'pp,x', 'hash:ip,port'])
}

describe.skipIf(process.getuid?.() !== 0)('a ruleset beside the real tools (needs root for namespaces)', () => {
  it.each(saves)('iptables-restore accepts what is printed of %s', async (name) => {
    await using host = await isolatedHost()
    await makeSets(host)
    const tool = `${name.startsWith('v6') ? 'ip6tables' : 'iptables'}-${name.includes('legacy') ? 'legacy' : 'nft'}-restore`
    expect(await succeed(host, [tool, '--test'], printRuleset(parseRuleset(read(name))))).toBe(0)
  })

  it.each(['masq', 'kubeproxy', 'istio', 'guard', 'v6'])(
    'the %s payload and what each backend makes of it mean the same',
    async (name) => {
      const family = name === 'v6' ? 6 : 4
      const payload = parseRuleset(read(`${name}.payload`), { format: 'restore' })
      const owned = new Set(payload.tables.map((table) => table.name))
      for (const backend of ['nft', 'legacy'] as const) {
        await using host = await isolatedHost()
        await makeSets(host)
        await succeed(host, [`${family === 6 ? 'ip6tables' : 'iptables'}-${backend}-restore`], read(`${name}.payload`))
        const kernel = await readRuleset(host, { family, backend })
        expect(diffRules(payload, kernel, (table) => owned.has(table))).toEqual([])
        for (const rule of rulesOf(kernel))
          expect(rule.text).toBe(`[${rule.counters?.packets}:${rule.counters?.bytes}] ${printRule(rule)}`)
      }
    },
  )

  it('reads a host without any table as an empty ruleset', async () => {
    await using host = await isolatedHost()
    expect((await readRuleset(host, { backend: 'nft' })).tables).toEqual([])
  })

  it('names a tool that the host does not have', async () => {
    await using host = await isolatedHost()
    const bare: Host = {
      ...host,
      exec: async (argv, options) => await host.exec(['-i', 'PATH=/nonexistent', ...argv], options),
    }
    await expect(readRuleset(bare)).rejects.toMatchObject({ code: 'E_TOOL_MISSING' })
  })

  it('keeps the message of a failed iptables-save', async () => {
    await using host = await isolatedHost()
    await expect(readRuleset(host, { backend: 'legacy', table: 'nosuch' })).rejects.toMatchObject({
      code: 'E_EXEC_FAILED',
      message: expect.stringContaining('nosuch') as string,
    })
  })

  it.each(['nft', 'legacy'] as const)(
    'counts a ping and voids the chain that was rewritten in between (%s)',
    async (backend) => {
      await using host = await isolatedHost()
      const tool = `iptables-${backend}`
      await succeed(host, [tool, '-N', 'AGENT'])
      await succeed(host, [tool, '-A', 'OUTPUT', '-p', 'icmp', '-j', 'AGENT'])
      await succeed(host, [tool, '-A', 'AGENT', '-d', '127.0.0.5', '-j', 'ACCEPT'])
      const before = await readRuleset(host, { backend })
      await host.exec(['ping', '-c1', '-w1', '127.0.0.5'])
      const after = await readRuleset(host, { backend })
      const rule = selectRule(after, { chain: 'AGENT', destination: '127.0.0.5' })
      expect(deltaOf(before, after).rules.find((delta) => delta.after === rule)).toMatchObject({
        packets: 1,
        bytes: 84,
      })
      expect(deltaOf(before, after).voids).toEqual([])

      const payload = '*filter\n:AGENT - [0:0]\n-A AGENT -d 127.0.0.5/32 -j ACCEPT\nCOMMIT\n'
      await succeed(host, [`${tool}-restore`, '--noflush'], payload)
      const rewritten = deltaOf(after, await readRuleset(host, { backend }))
      expect(rewritten.voids).toMatchObject([
        { chain: 'AGENT', reason: expect.stringContaining('fell from [1:84]') as string },
      ])
    },
  )

  it('sees by the handles that a chain was rewritten which had counted nothing', async () => {
    await using host = await isolatedHost()
    for (const words of ['-N AGENT', '-A OUTPUT -p icmp -j AGENT', '-A AGENT -d 127.0.0.5 -j ACCEPT']) {
      await succeed(host, ['iptables-nft', ...words.split(' ')])
    }
    const read = async () => ({
      handles: await readHandles(host, { family: 4, table: 'filter' }),
      rules: await readRuleset(host, { backend: 'nft' }),
    })
    const before = await read()
    expect([...rewrittenChains(before.handles, (await read()).handles)]).toEqual([])
    await host.exec(['ping', '-c1', '-w1', '127.0.0.5'])
    const payload = '*filter\n:AGENT - [0:0]\n-A AGENT -d 127.0.0.5/32 -j ACCEPT\nCOMMIT\n'
    await succeed(host, ['iptables-nft-restore', '--noflush'], payload)
    const after = await read()
    const rewritten = rewrittenChains(before.handles, after.handles)
    expect(deltaOf(before.rules, after.rules).voids).toEqual([])
    expect(deltaOf(before.rules, after.rules, rewritten).voids).toEqual([
      { table: 'filter', chain: 'AGENT', reason: 'the chain was rewritten in between' },
    ])
  })

  it('traces a ping through the chains and leaves no rule behind', async () => {
    await using host = await isolatedHost()
    await succeed(host, ['iptables-nft', '-N', 'FOO'])
    await succeed(host, ['iptables-nft', '-A', 'OUTPUT', '-j', 'FOO'])
    await succeed(host, ['iptables-nft', '-A', 'FOO', '-p', 'icmp', '-j', 'RETURN'])
    const running = await startTrace(host, { match: ['-p', 'icmp', '-d', '127.0.0.7'] })
    await host.exec(['ping', '-c1', '-w1', '127.0.0.7'])
    const [sent] = await running.stop()
    expect(sent?.hops.map(({ table, chain, kind, verdict }) => [table, chain, kind, verdict])).toEqual([
      ['raw', 'OUTPUT', 'rule', 'CONTINUE'],
      ['raw', 'OUTPUT', 'policy', 'ACCEPT'],
      ['filter', 'OUTPUT', 'rule', 'JUMP'],
      ['filter', 'FOO', 'rule', 'RETURN'],
      ['filter', 'OUTPUT', 'policy', 'ACCEPT'],
    ])
    expect([...rulesOf(await readRuleset(host, { table: 'raw', backend: 'nft' }))]).toEqual([])
  })
})
