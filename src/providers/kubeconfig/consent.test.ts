import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { consentFile, requireConsent } from './consent.ts'

const folder = mkdtempSync(join(tmpdir(), 'packetproof-consent-'))
afterAll(() => rmSync(folder, { recursive: true }))
const cluster = { id: 'uid-1', server: 'https://a.example', context: 'staging' }

describe('requireConsent', () => {
  it('says what would be made, and makes nothing, until somebody says yes', () => {
    const file = join(folder, 'first', 'clusters.json')
    expect(() => requireConsent(cluster, ['a namespace', 'two pods'], false, file)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: expect.stringMatching(
          /"staging", https:\/\/a\.example.*\n {2}- a namespace\n {2}- two pods\n/,
        ) as string,
        hint: expect.stringContaining('--yes') as string,
      }) as Error,
    )
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('remembers a yes for that cluster, whatever it is called, and for no other', () => {
    const file = join(folder, 'clusters.json')
    requireConsent(cluster, [], true, file)
    requireConsent({ ...cluster, server: 'https://b.example', context: 'other' }, [], false, file)
    expect(() => requireConsent({ ...cluster, id: 'uid-2' }, [], false, file)).toThrow('has not been used')
    requireConsent({ ...cluster, id: 'uid-2' }, [], true, file)
    const { clusters } = JSON.parse(readFileSync(file, 'utf8')) as { clusters: { id: string }[] }
    expect(clusters.map(({ id }) => id)).toEqual(['uid-1', 'uid-2'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('takes a file that cannot be understood for no consent', () => {
    const file = join(folder, 'broken.json')
    writeFileSync(file, '{"clusters": [{"id": 1}]}')
    expect(() => requireConsent(cluster, [], false, file)).toThrow('has not been used')
  })

  it('says where it cannot be remembered', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => requireConsent(cluster, [], true, join(folder, 'file', 'clusters.json'))).toThrow(
      /cannot be remembered in .*file\/clusters\.json/,
    )
  })
})

describe('consentFile', () => {
  it('is in the state folder', () => {
    expect(consentFile({ XDG_STATE_HOME: '/state', HOME: '/home/me' })).toBe('/state/packetproof/clusters.json')
    expect(consentFile({ XDG_STATE_HOME: 'relative', HOME: '/home/me' })).toBe(
      '/home/me/.local/state/packetproof/clusters.json',
    )
  })
})
