import { expect, test } from 'vitest'
import { mergeRuns } from './merge-runs.ts'
import { runSchema } from './model.ts'
import { sampleRun as makeRun } from './testdata/sample-run.ts'

const sampleRun = makeRun()

test('runs become one, with the scenarios of both and the files of each in its folder', () => {
  const merged = mergeRuns(
    [
      { run: sampleRun, folder: 'part-1' },
      { run: { ...sampleRun, environment: { ...sampleRun.environment, kernel: 'another' } }, folder: 'part-2' },
    ],
    ['packetproof', 'report', '--merge'],
  )
  const names = sampleRun.scenarios.map(({ name }) => name)
  expect(merged.scenarios.map(({ name }) => name)).toEqual([...names, ...names.map((name) => `${name} (2)`)])
  const files = JSON.stringify(merged).match(/"(?:file|beforeFile|afterFile)":"[^"]*"/g) ?? []
  expect(files.length).toBeGreaterThan(1)
  expect(files.every((file) => /:"part-[12]\//.test(file))).toBe(true)
  expect(merged.environment['kernel']).toContain('; another')
  expect(runSchema.parse(JSON.parse(JSON.stringify(merged)))).toEqual(merged)
})

test('an interrupted part makes the whole interrupted', () => {
  const part = { run: { ...sampleRun, interrupted: { signal: 'SIGTERM' } }, folder: 'a' }
  expect(mergeRuns([{ run: sampleRun, folder: 'b' }, part], []).interrupted).toEqual({ signal: 'SIGTERM' })
})
