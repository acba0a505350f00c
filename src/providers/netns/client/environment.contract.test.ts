import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../../../../helpers/package-root.ts'
import { checkNetnsEnvironment } from './environment.ts'
import { findTool, requireEssentialTools } from './find-tool.ts'

describe('checkNetnsEnvironment', () => {
  it('finds nothing wrong where clusters can be made, and says what is there', async () => {
    const { problems, facts } = await checkNetnsEnvironment()
    expect(problems).toEqual([])
    expect(facts).toMatchObject({
      kernel: expect.stringMatching(/^\d/) as string,
      iptables: expect.stringContaining('v1.') as string,
    })
  })
})

describe('with tools missing', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'packetproof-tools-'))
    for (const tool of ['unshare', 'mount', 'openssl']) symlinkSync(findTool(tool) ?? '', join(folder, tool))
    process.env['PACKETPROOF_TOOL_PATH'] = folder
  })

  afterEach(() => {
    delete process.env['PACKETPROOF_TOOL_PATH']
    rmSync(folder, { recursive: true })
  })

  it('names each with its package and the command that installs it', async () => {
    const { problems } = await checkNetnsEnvironment()
    expect(problems).toContainEqual({
      what: 'ipset cannot be found',
      why: 'it is for: address sets of policies and guards',
      fix: 'sudo apt-get install -y ipset',
    })
    expect(problems.map((problem) => problem.what)).not.toContain('unshare cannot be found')
  })

  it('refuses to make a cluster without what it cannot do without', () => {
    expect(() => requireEssentialTools()).toThrow('a cluster needs setpriv (package util-linux), which cannot be found')
  })
})

describe.skipIf(userInfo().uid !== 0)('as root without the capabilities of root', () => {
  it('says which are missing, and how to get them', () => {
    const script = `
      const { choosePrivilegeMode } = await import(process.argv[1] + '/dist/src/providers/netns/client/privilege.js')
      try { choosePrivilegeMode() } catch (error) { console.log(error.code, error.message, error.hint) }`
    const argv = [
      '--bounding-set',
      '-sys_admin',
      process.execPath,
      '--input-type=module',
      '--eval',
      script,
      packageRoot(),
    ]
    const output = execFileSync('setpriv', argv, { encoding: 'utf8' })
    expect(output).toContain('E_NO_PRIVILEGE the root user here lacks CAP_SYS_ADMIN, as in a plain container')
    expect(output).toContain('--privileged')
  })
})
