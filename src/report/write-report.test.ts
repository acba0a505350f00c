import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRun } from './read-run.ts'
import { sampleRun } from './testdata/sample-run.ts'
import { writeReport } from './write-report.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packetproof-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('writeReport', () => {
  it('writes all files into a folder it makes, and leaves no temporary ones', async () => {
    const report = join(folder, 'a', 'b')
    await writeReport(sampleRun(), report)
    expect((await readdir(report)).sort()).toEqual(['index.html', 'junit.xml', 'run.json', 'summary.md'])
  })

  it('writes a run that reads back the same, also when it was interrupted', async () => {
    const run = sampleRun({ interrupted: { signal: 'SIGTERM' } })
    await writeReport(run, folder, ['run.json'])
    expect(await readRun(folder)).toEqual(run)
    expect(await readdir(folder)).toEqual(['run.json'])
  })

  it('replaces an older report', async () => {
    await writeFile(join(folder, 'run.json'), 'old')
    await writeReport(sampleRun(), folder)
    expect(await readFile(join(folder, 'run.json'), 'utf8')).not.toContain('old')
  })

  it('names the file that it cannot write', async () => {
    await mkdir(join(folder, 'index.html'))
    await expect(writeReport(sampleRun(), folder)).rejects.toThrow(
      `cannot write the report file ${join(folder, 'index.html')}`,
    )
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
