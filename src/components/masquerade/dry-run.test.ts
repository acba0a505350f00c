import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DryRun, dryRunMasquerade } from './dry-run.ts'
import { parseMasqueradeFlags } from './flags.ts'

let folder: string
let file: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-dry-run-'))
  file = join(folder, 'config')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function dryRun(text: string, ...flags: readonly string[]): Promise<DryRun> {
  writeFileSync(file, text)
  return await dryRunMasquerade(parseMasqueradeFlags(['--config', file, ...flags]))
}

describe('a dry run', () => {
  it('prints the payload after a comment that names its command', async () => {
    const { stdout, warnings } = await dryRun('nonMasqueradeCIDRs: [10.0.0.0/8]')
    expect(stdout).toMatch(
      /^# iptables -t nat -A POSTROUTING .*\n# iptables-restore --noflush\n\*nat\n:IP-MASQ-AGENT - \[0:0\]\n/,
    )
    expect(stdout).toMatch(/COMMIT\n$/)
    expect(stdout).not.toContain('ip6tables')
    expect(warnings).toEqual([])
  })

  it('prints both payloads with --enable-ipv6, and one with --family', async () => {
    const text = 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]'
    const both = (await dryRun(text, '--enable-ipv6')).stdout
    expect(both.match(/^# ip6?tables-restore --noflush$/gm)).toEqual([
      '# iptables-restore --noflush',
      '# ip6tables-restore --noflush',
    ])
    const second = (await dryRun(text, '--enable-ipv6', '--family', '6')).stdout
    expect(second).toContain('-d fd00::/8')
    expect(second).not.toContain('-d 10.0.0.0/8')
  })

  it.each([
    [
      'nonMasqueradeCIDRs:\n  - 10.0.0.0/8\n  - here\n',
      ':3:5: nonMasqueradeCIDRs: CIDR "here" could not be parsed',
      'ADDRESS/LENGTH',
    ],
    [
      'nonMasqueradeCIDRs:\n  - 10.0.0.1/8\n',
      ':2:5: nonMasqueradeCIDRs: CIDR "10.0.0.1/8" is not aligned',
      '10.0.0.0/8',
    ],
    [
      'nonMasqueradeCIDRs:\n  - 10.0.0.1\n',
      ':2:5: nonMasqueradeCIDRs: CIDR "10.0.0.1" could not be parsed',
      '10.0.0.1/32',
    ],
    ['nonMasqueradeCIDRs: ["fd00::/8"]', ':1:22: nonMasqueradeCIDRs: ipv6 is not enabled', '--enable-ipv6'],
    [
      'nonMasqueradeCIDRs: ["::ffff:10.0.0.0/104"]',
      ':1:22: nonMasqueradeCIDRs: CIDR "::ffff:10.0.0.0/104" is an IPv4-mapped',
      '10.0.0.0/8',
    ],
    ['masqLinkLocalIPv6: fe80::/10', ':1:20: masqLinkLocalIPv6: json: cannot unmarshal string', 'true or false'],
    ['\nmasqLinkLocal: "no"', ':2:16: masqLinkLocal: json: cannot unmarshal string', 'true or false'],
    ['{\n  "cidrLimit": "1"\n}', ':2:16: cidrLimit: json: cannot unmarshal string', 'without quotes'],
    ['resyncInterval: 60', ':1:17: resyncInterval: expected string value', 'for instance "60s"'],
    ['resyncInterval: -5s', ':1:17: resyncInterval: resyncInterval must be greater than zero', 'positive duration'],
    ['{"a" 1}', ":1:6: invalid character '1' after object key", 'JSON'],
    ['a: 1\n b: 2', ':2:', 'YAML'],
  ])('refuses %j with the place and the expectation', async (text, message, expected) => {
    await expect(dryRun(text)).rejects.toMatchObject({
      code: 'E_INVALID_INPUT',
      message: expect.stringContaining(`${file}${message}`),
      hint: expect.stringContaining(expected),
    })
  })

  it.each([
    ['', 'the file is empty'],
    ['resyscInterval: 5s', ':1:1: unknown key "resyscInterval" is ignored; did you mean "resyncInterval"?'],
    ['colour: red', ':1:1: unknown key "colour" is ignored; known keys: nonMasqueradeCIDRs, '],
    ['cidrLimit: 5\ncidrLimit: 6', ':2:1: key "cidrLimit" is given 2 times (lines 1, 2): the one on line 2 counts'],
    ['cidrLimit: 5\nCIDRLimit: 6', 'the one on line 1 counts'],
    ['{"cidrLimit": 5,\n"CIDRLimit": 6}', 'the one on line 2 counts'],
    ['nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- 10.0.0.0/8', ':3:3: 10.0.0.0/8 is listed again (first on line 2)'],
    ['nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- 10.1.0.0/16', ':3:3: 10.1.0.0/16 is already covered by 10.0.0.0/8 (line 2)'],
    ['nonMasqueradeCIDRs:\n- 10.1.0.0/16\n- 10.0.0.0/8', ':3:3: 10.0.0.0/8 covers 10.1.0.0/16 (line 2)'],
    ['nonMasqueradeCIDRs: []', 'nonMasqueradeCIDRs is empty'],
    ['nonMasqueradeCIDRs: [null]', 'entry 1 of nonMasqueradeCIDRs is null'],
  ])('warns of what the agent accepts in silence: %j', async (text, warning) => {
    expect((await dryRun(text)).warnings).toEqual([expect.stringContaining(warning)])
  })

  it('says that IPv6 is enabled but no IPv6 CIDR is listed', async () => {
    const { warnings } = await dryRun('nonMasqueradeCIDRs: [10.0.0.0/8]', '--enable-ipv6')
    expect(warnings).toEqual([expect.stringContaining('no IPv6 CIDR is listed')])
  })

  it('refuses an argument that the agent would ignore together with all flags after it', async () => {
    await expect(dryRun('', '--enable-ipv6', 'false', '--random-fully=false')).rejects.toThrow(
      'unexpected argument "false"',
    )
  })

  it('uses the defaults when there is no file, and says so', async () => {
    const flags = parseMasqueradeFlags(['--config', join(folder, 'missing')])
    const { stdout, warnings } = await dryRunMasquerade(flags)
    expect(stdout).toContain('-d 192.168.0.0/16 -j RETURN')
    expect(warnings).toEqual([expect.stringContaining('there is no such file')])
  })
})
