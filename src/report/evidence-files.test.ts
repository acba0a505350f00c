import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkFiles, filesOfScenario } from './evidence-files.ts'
import type { Run } from './model.ts'
import { sampleRun, sampleScenario } from './testdata/sample-run.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packetproof-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

function runWithFile(content: string): Run {
  const sha256 = createHash('sha256').update(content).digest('hex')
  return sampleRun({
    scenarios: [
      { ...sampleScenario(), evidence: [], diagnostics: [{ title: 'rules', file: 'evidence/a.rules', sha256 }] },
    ],
  })
}

describe('the files of a scenario', () => {
  it('are those of captures, rulesets, texts and diagnostics, each once', () => {
    const scenario = sampleScenario()
    const files = filesOfScenario({ ...scenario, evidence: [...scenario.evidence, ...scenario.evidence] })
    expect(files.map((file) => file.file)).toEqual([
      'evidence/masquerade/client-eth0.pcap',
      'evidence/masquerade/node-1-eth0.pcap',
      'evidence/masquerade/node-1-before.rules',
      'evidence/masquerade/node-1-after.rules',
      'evidence/masquerade/agent.log',
      'evidence/masquerade/diagnostics/node-1.rules',
    ])
  })
})

describe('checkFiles', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'evidence'))
  })

  it('finds nothing wrong with what the run wrote', async () => {
    await writeFile(join(folder, 'evidence/a.rules'), '*nat')
    expect(await checkFiles(runWithFile('*nat'), folder)).toEqual([])
  })

  it('names a file that was changed since', async () => {
    await writeFile(join(folder, 'evidence/a.rules'), '*filter')
    expect(await checkFiles(runWithFile('*nat'), folder)).toEqual([
      expect.stringMatching(
        /^evidence\/a\.rules is not what the run wrote: its sha256 is [0-9a-f]{64}, the run recorded /,
      ),
    ])
  })

  it('names a file that is missing', async () => {
    expect(await checkFiles(runWithFile('*nat'), folder)).toEqual([
      expect.stringMatching(/^evidence\/a\.rules cannot be read: ENOENT/),
    ])
  })
})
