import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderAnnotations, reportToGithub } from './github.ts'
import { hostileRun } from './testdata/hostile-run.ts'
import { passingRun, sampleRun } from './testdata/sample-run.ts'

describe('GitHub annotations', () => {
  it('are errors for what is not as expected, at the scenario file', () => {
    const lines = renderAnnotations(sampleRun()).trimEnd().split('\n')
    expect(lines).toHaveLength(5)
    expect(lines[0]).toMatch(
      /^::error file=scenarios\/masquerade\/masquerade\.scenario\.test\.ts,title=masquerade S0\.3%3A refuted::/,
    )
    expect(lines[0]).toContain('%0Apackets from 10.244.0.0/16 at database: expected none, observed 1')
  })

  it('are none when all is as expected', () => {
    expect(renderAnnotations(passingRun())).toBe('')
  })

  it('cannot be made to hold another workflow command', () => {
    for (const line of renderAnnotations(hostileRun()).trimEnd().split('\n')) expect(line).toMatch(/^::error /)
  })

  it('are ten at most, the last of which says what is missing', () => {
    const lines = renderAnnotations(
      sampleRun({ problems: Array.from({ length: 40 }, (_, index) => `problem ${index}`) }),
    )
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(10)
    expect(lines[9]).toContain('35 more')
  })
})

describe('reportToGithub', () => {
  it('appends the summary when it runs in GitHub Actions', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'packetproof-'))
    try {
      const file = join(folder, 'summary')
      await reportToGithub(sampleRun(), { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file })
      expect(await readFile(file, 'utf8')).toContain('# packetproof: failed')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('does nothing elsewhere', async () => {
    expect(await reportToGithub(sampleRun(), { GITHUB_STEP_SUMMARY: '/nowhere/at/all' })).toBe('')
  })
})
