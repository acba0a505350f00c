import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type VolumeFiles, writeAtomically } from './atomic-directory.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-volume-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const files = (contents: Record<string, string>, mode = 0o644): VolumeFiles =>
  new Map(Object.entries(contents).map(([path, text]) => [path, { content: Buffer.from(text), mode }]))
const visible = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('..'))
const read = (path: string): string => readFileSync(join(folder, path), 'utf8')

describe('writeAtomically', () => {
  it('shows each file through the link ..data', () => {
    writeAtomically(folder, files({ config: 'a', 'deep/er/file': 'b' }))
    expect(visible().sort()).toEqual(['config', 'deep'])
    expect(readlinkSync(join(folder, 'config'))).toBe('..data/config')
    expect(read('config') + read('deep/er/file')).toBe('ab')
  })

  it('replaces all files by one swap, and leaves nothing of the old ones', () => {
    writeAtomically(folder, files({ a: '1', b: '1' }))
    const before = readlinkSync(join(folder, '..data'))
    writeAtomically(folder, files({ b: '2', c: '2' }))
    expect(readlinkSync(join(folder, '..data'))).not.toBe(before)
    expect(visible().sort()).toEqual(['b', 'c'])
    expect(read('b')).toBe('2')
    expect(readdirSync(folder)).toHaveLength(4)
  })

  it('can become empty and be filled again', () => {
    writeAtomically(folder, files({ a: '1' }))
    writeAtomically(folder, files({}))
    expect(visible()).toEqual([])
    writeAtomically(folder, files({ a: '2' }))
    expect(read('a')).toBe('2')
  })

  it('gives files their mode whatever the umask', () => {
    const before = process.umask(0o077)
    writeAtomically(folder, files({ a: '1' }, 0o666))
    process.umask(before)
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o666)
  })
})
