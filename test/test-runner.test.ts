import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isSupportedNode } from '../setup/node-version.mjs'
import { readTestArguments } from '../setup/test-arguments.mjs'
import { readVitestResults } from '../setup/vitest-results.mjs'

describe('the arguments of npm test', () => {
  it('give to the scenarios what is theirs, and the rest to vitest', () => {
    const variables = { PACKETPROOF_PROVIDER: 'kind' }
    expect(readTestArguments(['--provider', 'kind', '-t', 'S0'])).toEqual({ variables, vitest: ['-t', 'S0'] })
    expect(readTestArguments(['src', '--provider=kind', '--retry', '1'])).toEqual({
      variables,
      vitest: ['src', '--retry', '1'],
    })
    expect(readTestArguments([])).toEqual({ variables: {}, vitest: [] })
    expect(
      readTestArguments(['--yes', '--context=a=b', '--component', 'x=present', '--component=y=upstream', 'scenarios']),
    ).toEqual({
      variables: {
        PACKETPROOF_YES: '1',
        PACKETPROOF_CONTEXT: 'a=b',
        PACKETPROOF_COMPONENT: 'x=present,y=upstream',
      },
      vitest: ['scenarios'],
    })
  })

  it('must say which provider', () => {
    expect(() => readTestArguments(['--provider'])).toThrow('--provider needs a value')
  })
})

describe('the summary of npm test', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'packetproof-results-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function summaryOf(testResults: unknown, exitCode: number): unknown {
    const path = join(folder, 'results.json')
    writeFileSync(path, JSON.stringify({ testResults }))
    return readVitestResults(path, exitCode)
  }

  it('counts tests of all files', () => {
    const files = [
      { status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'pending' }, { status: 'todo' }] },
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }, { status: 'skipped' }] },
    ]
    expect(summaryOf(files, 1)).toEqual({ passed: 2, failed: 1, skipped: 3 })
  })

  it('counts a file that cannot be loaded as one failure', () => {
    expect(summaryOf([{ status: 'failed', assertionResults: [] }], 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('has a failure whenever vitest failed', () => {
    const files = [{ status: 'passed', assertionResults: [{ status: 'passed' }] }]
    expect(summaryOf(files, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
    expect(readVitestResults(join(folder, 'missing.json'), 137)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})

describe('the Node.js version', () => {
  it.each([
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['22.12.0', true],
    ['24.0.0', true],
  ])('%s is supported: %s', (version, isSupported) => {
    expect(isSupportedNode(version)).toBe(isSupported)
  })
})
