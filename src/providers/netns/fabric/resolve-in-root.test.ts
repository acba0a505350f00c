import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveInRoot } from './resolve-in-root.ts'

describe('a path inside a root', () => {
  let root: string

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'packetproof-root-'))
    mkdirSync(join(root, 'var/lib'), { recursive: true })
    mkdirSync(join(root, 'run'))
    symlinkSync('/run', join(root, 'var/run'))
    symlinkSync('../../run', join(root, 'var/lib/run'))
    symlinkSync('../../../../../../etc', join(root, 'var/outside'))
    symlinkSync('circle', join(root, 'circle'))
  })

  afterAll(() => rmSync(root, { recursive: true }))

  it.each([
    ['/var/run/secrets', '/run/secrets'],
    ['/var/lib/run', '/run'],
    ['/var/outside/passwd', '/etc/passwd'],
    ['/../../etc', '/etc'],
    ['var//./lib/', '/var/lib'],
    ['/not/there', '/not/there'],
    ['/', '/'],
  ])('%s leads to %s, and never out of it', (path, target) => {
    expect(resolveInRoot(root, path)).toBe(join(root, target).replace(/(.)\/$/, '$1'))
  })

  it('that goes in circles comes to an end', () => {
    expect(resolveInRoot(root, '/circle/x')).toBe(join(root, 'circle/x'))
  })
})
