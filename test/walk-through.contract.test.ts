import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../helpers/package-root.ts'
import { quote } from '../helpers/quote.ts'
import { findDifference, readWalkThrough } from './walk-through.test-helper.ts'

const labs = join(packageRoot(), 'docs/labs')
const files = readdirSync(labs).filter((name) => name.endsWith('.md') && name !== 'README.md')
const folder = mkdtempSync(join(tmpdir(), 'packetproof-walk-'))
const bin = join(folder, 'bin')

beforeAll(() => {
  mkdirSync(bin)
  const program = `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(join(packageRoot(), 'bin/packetproof.mjs'))} "$@"\n`
  writeFileSync(join(bin, 'packetproof'), program)
  chmodSync(join(bin, 'packetproof'), 0o755)
})

afterAll(() => rmSync(folder, { recursive: true }))

/** As a person's shell runs it, in the project's folder; each walk-through has labs of its own. */
async function run(name: string, command: string): Promise<string> {
  const runtime = join(folder, name)
  mkdirSync(runtime, { recursive: true })
  const env = { ...process.env, NO_COLOR: '1', XDG_RUNTIME_DIR: runtime, PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  return new Promise((resolve) => {
    const child = execFile('bash', ['-c', command], { cwd: packageRoot(), env }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    )
    child.stdin?.end()
  })
}

it('there is a walk-through for each documented system', () => {
  expect(files).toEqual(['encryption.md', 'forward-guard.md', 'masquerade.md', 'network-policy.md', 'sidecar.md'])
})

describe.each(files)('%s', (name) => {
  afterAll(async () => {
    await run(name, 'packetproof down --all')
  })

  it('prints what it says', async () => {
    const steps = readWalkThrough(readFileSync(join(labs, name), 'utf8'))
    expect(steps.length).toBeGreaterThan(5)
    for (const { command, expected, line } of steps) {
      const output = await run(name, command)
      const difference = findDifference(expected, output.split('\n'))
      expect(difference, `${name}:${line}: $ ${command}\n${output}`).toBeUndefined()
    }
  })
})
