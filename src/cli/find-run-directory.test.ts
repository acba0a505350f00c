import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findRunDirectory } from './find-run-directory.ts'

const reports = mkdtempSync(join(tmpdir(), 'packetproof-reports-'))
const [older, newer] = [join(reports, 'b-older'), join(reports, 'a-newer')]

beforeAll(() => {
  for (const [index, folder] of [older, newer].entries()) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'run.json'), '{}')
    utimesSync(join(folder, 'run.json'), 1000 + index, 1000 + index)
  }
  mkdirSync(join(reports, 'empty'))
  writeFileSync(join(reports, 'other.json'), '{}')
})
afterAll(() => rmSync(reports, { recursive: true }))

test('finds the folder of a run, the newest in a folder of runs, and that of a run.json', () => {
  expect(findRunDirectory(older)).toBe(older)
  expect(findRunDirectory(reports)).toBe(newer)
  expect(findRunDirectory(join(older, 'run.json'))).toBe(older)
})

test.each([
  ['empty', /there is no run\.json in .*empty/],
  ['other.json', /other\.json is a file: expected the folder of a run/],
  ['nowhere', /cannot read the folder .*nowhere/],
])('refuses %s and says why', (name, message) => {
  expect(() => findRunDirectory(join(reports, name))).toThrow(message)
})
