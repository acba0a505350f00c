import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { packageRoot } from '../helpers/package-root.ts'
import { scenarios } from '../scenarios/index.ts'

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8')

it('the lines of the README run, and see the address of the node', () => {
  const code = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? ''
  expect(code.trim().split('\n').length).toBeLessThanOrEqual(12)
  const folder = mkdtempSync(join(tmpdir(), 'packetproof-readme-'))
  try {
    const file = join(folder, 'readme.mjs')
    const api = pathToFileURL(join(packageRoot(), 'dist/src/index.js')).href
    writeFileSync(file, code.replace("'packetproof'", `'${api}'`))
    const printed = execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 50_000 })
    expect(printed).toMatch(/outcome: 'ok',\s+complete: true,\s+seenFrom: '172\.18\.0\.\d+',\s+pod: '10\.244\./)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('the numbers of claims and faults in the README are those of the scenarios', () => {
  for (const { name, claims, faults } of scenarios) {
    const count = (expectation: string): number => claims.filter((claim) => claim.expectation === expectation).length
    const numbers = [
      claims.length,
      count('proved'),
      count('refuted'),
      count('none'),
      `${faults.length} of ${faults.length}`,
    ]
    const row = readme.split('\n').find((line) => line.startsWith(`| [${name}](`)) ?? ''
    expect(
      row
        .split('|')
        .slice(2, 7)
        .map((cell) => cell.trim()),
    ).toEqual(numbers.map(String))
  }
})
