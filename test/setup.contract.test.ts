import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../helpers/package-root.ts'
import tools from '../setup/tools.json' with { type: 'json' }

/** A checkout of one source file, whose npm packages are those of this one. */
let checkout: string
const root = packageRoot()

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'packetproof-setup-'))
  for (const path of ['setup', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(root, path), join(checkout, path), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  mkdirSync(join(checkout, 'src', 'cli'), { recursive: true })
  writeSource('src/cli/main.ts', 'export const main = 1\n')
})

afterEach(() => rmSync(checkout, { recursive: true, force: true }))

describe('the set-up step', () => {
  it('compiles once, says so in one line, and is silent when nothing is missing', async () => {
    expect(await setUp()).toEqual({ exitCode: 0, output: 'packetproof set-up: compiling TypeScript to dist\n' })
    expect(existsSync(join(checkout, 'dist/src/cli/main.js'))).toBe(true)
    expect(await setUp()).toEqual({ exitCode: 0, output: '' })
  })

  it('takes away what a deleted source was compiled to', async () => {
    writeSource('src/gone.ts', 'export const gone = 1\n')
    await setUp()
    rmSync(join(checkout, 'src/gone.ts'))
    await setUp()
    expect(existsSync(join(checkout, 'dist/src/gone.js'))).toBe(false)
    expect(existsSync(join(checkout, 'dist/src/cli/main.js'))).toBe(true)
  })

  it('shows what the compiler says, exits with 3, and tries again the next time', async () => {
    writeSource('src/wrong.ts', 'export const wrong: string = 1\n')
    for (let round = 0; round < 2; round += 1) {
      const { exitCode, output } = await setUp()
      expect(exitCode).toBe(3)
      expect(output).toContain('src/wrong.ts(1,14)')
      expect(output).toContain('error: the TypeScript sources do not compile')
    }
    writeSource('src/wrong.ts', "export const wrong: string = ''\n")
    expect(await setUp()).toMatchObject({ exitCode: 0 })
  })

  it('names the tools that are missing and the command that installs them', async () => {
    const { exitCode, output } = await setUp({
      PACKETPROOF_SETUP_INSTALL: 'never',
      PACKETPROOF_TOOL_PATH: toolsWithout(['tcpdump', 'iptables', 'ip6tables']),
    })
    expect(exitCode).toBe(3)
    expect(output).toContain('error: not found: iptables, ip6tables, tcpdump\n')
    expect(output).toMatch(/hint: run: (sudo )?apt-get install --yes --no-install-recommends iptables tcpdump\n$/)
  })

  it('does not miss what only some scenarios need where it may not install it', async () => {
    const without = { PACKETPROOF_SETUP_INSTALL: 'never', PACKETPROOF_TOOL_PATH: toolsWithout(['wg', 'wireguard-go']) }
    expect(await setUp(without)).toMatchObject({ exitCode: 0 })
  })

  it('lets two at once take turns', async () => {
    const [first, second] = await Promise.all([setUp(), setUp()])
    expect([first.exitCode, second.exitCode]).toEqual([0, 0])
    expect(`${first.output}${second.output}`.match(/compiling/g)).toHaveLength(1)
    expect(existsSync(join(checkout, '.setup.lock'))).toBe(false)
  })

  it('takes over the lock of a process that is gone', async () => {
    const child = spawn('true')
    const pid = child.pid
    await new Promise((resolve) => child.once('close', resolve))
    writeFileSync(join(checkout, '.setup.lock'), `${pid} 1\n`)
    expect(await setUp()).toMatchObject({ exitCode: 0 })
  })

  it('ends with 130 on Ctrl-C and leaves no lock', async () => {
    const child = startSetUp({})
    child.stderr.once('data', () => child.kill('SIGINT'))
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(130)
    expect(existsSync(join(checkout, '.setup.lock'))).toBe(false)
    expect(await setUp()).toMatchObject({ exitCode: 0 })
  })
})

function writeSource(path: string, content: string): void {
  writeFileSync(join(checkout, path), content)
}

/** A folder with a stand-in for each tool but these, and for apt-get, so that the machine's own tools do not matter. */
function toolsWithout(missing: readonly string[]): string {
  const folder = join(checkout, 'tools')
  mkdirSync(folder)
  for (const command of ['apt-get', ...tools.map((tool) => tool.command)]) {
    if (!missing.includes(command)) symlinkSync('/bin/true', join(folder, command))
  }
  return folder
}

function startSetUp(env: NodeJS.ProcessEnv) {
  const everyTool = existsSync(join(checkout, 'tools')) ? {} : { PACKETPROOF_TOOL_PATH: toolsWithout([]) }
  return spawn(process.execPath, [join(checkout, 'setup', 'setup.mjs')], {
    env: { ...process.env, ...everyTool, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function setUp(env: NodeJS.ProcessEnv = {}): Promise<{ readonly exitCode: number; readonly output: string }> {
  const child = startSetUp(env)
  const exitCode = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { exitCode: await exitCode, output: `${stdout}${stderr}` }
}
