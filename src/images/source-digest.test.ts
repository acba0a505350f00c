import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sourceDigest } from './source-digest.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'packetproof-digest-'))
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  writeFileSync(join(root, 'src/deep/a.ts'), 'one')
  writeFileSync(join(root, 'Dockerfile'), 'FROM scratch')
})
afterEach(() => rmSync(root, { recursive: true }))

it('a digest of sources changes with their content and their names, and with nothing else', () => {
  const paths = ['Dockerfile', 'src', 'not-there']
  const first = sourceDigest(paths, root)
  writeFileSync(join(root, 'src/deep/a.test.ts'), 'a test')
  writeFileSync(join(root, 'README.md'), 'words')
  expect(sourceDigest(paths, root)).toBe(first)
  writeFileSync(join(root, 'src/deep/a.ts'), 'two')
  const second = sourceDigest(paths, root)
  expect(second).not.toBe(first)
  writeFileSync(join(root, 'src/deep/b.ts'), '')
  expect(sourceDigest(paths, root)).not.toBe(second)
})
