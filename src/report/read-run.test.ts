import { describe, expect, it } from 'vitest'
import { PacketproofError } from '../errors.ts'
import { parseRun, readRun } from './read-run.ts'
import { sampleRun } from './testdata/sample-run.ts'

/** The sample as JSON, with one place changed. */
function changed(place: readonly (string | number)[], value: unknown): string {
  const run: unknown = structuredClone(sampleRun())
  let at = run as Record<string | number, unknown>
  for (const part of place.slice(0, -1)) at = at[part] as Record<string | number, unknown>
  at[place.at(-1) ?? ''] = value
  return JSON.stringify(run)
}

function errorOf(text: string): PacketproofError {
  try {
    parseRun(text, 'run.json')
  } catch (error) {
    if (error instanceof PacketproofError) return error
    throw error
  }
  throw new Error('the run was accepted')
}

describe('parseRun', () => {
  it.each([
    ['', /is empty/],
    [JSON.stringify(sampleRun(), undefined, 2).split('\n').slice(0, 4).join('\n'), /ends too early, in line 4/],
    ['{"a" 1}', /edited/],
  ])('says what became of a file that is not JSON: %j', (text, hint) => {
    expect(errorOf(text).hint).toMatch(hint)
  })

  it('says what is wrong in sentences, never with the JSON of the schema', () => {
    const one = errorOf(changed(['scenarios', 0, 'claims', 1, 'verdict'], 'proven'))
    expect(one.cause).toBeUndefined()
    const several = errorOf('{"schemaVersion": 1}')
    expect(several.message).toMatch(/and \d+ more/)
    expect(String(several.cause)).toMatch(/at \/runId: .*expected string.*got nothing/)
    expect(String(several.cause)).not.toContain('"path"')
  })

  it('reads back what was written', () => {
    expect(parseRun(JSON.stringify(sampleRun()), 'run.json')).toEqual(sampleRun())
  })

  it('ignores a byte order mark and properties it does not know', () => {
    expect(parseRun(`\uFEFF${changed(['extra'], 1)}`, 'run.json')).toEqual(sampleRun())
  })

  it.each<[string, string, RegExp]>([
    ['text that is not JSON', '{', /^run\.json is not JSON: /],
    ['an empty file', '', /^run\.json is not JSON: /],
    ['a list', '[]', /^run\.json is not a run of packetproof: at the top: .*expected object/],
    [
      'a wrong verdict',
      changed(['scenarios', 0, 'claims', 1, 'verdict'], 'proven'),
      /at \/scenarios\/0\/claims\/1\/verdict: .*"proved".*got "proven"/,
    ],
    [
      'a missing title',
      changed(['scenarios', 0, 'title'], undefined),
      /at \/scenarios\/0\/title: .*expected string.*got nothing/,
    ],
    [
      'an unknown kind of evidence',
      changed(['scenarios', 0, 'evidence', 0, 'kind'], 'photo'),
      /at \/scenarios\/0\/evidence\/0\/kind: /,
    ],
    [
      'a wrong field of an evidence',
      changed(['scenarios', 0, 'evidence', 1, 'rows', 0, 'number'], 'x'),
      /at \/scenarios\/0\/evidence\/1\/rows\/0\/number: .*got "x"/,
    ],
    [
      'a file outside the report',
      changed(['scenarios', 0, 'evidence', 1, 'file'], 'a/../../x.pcap'),
      /at \/scenarios\/0\/evidence\/1\/file: expected a relative path/,
    ],
    [
      'a path from the root',
      changed(['scenarios', 0, 'evidence', 1, 'file'], '/etc/passwd'),
      /expected a relative path/,
    ],
    [
      'a newer version',
      changed(['schemaVersion'], 2),
      /at \/schemaVersion: this packetproof reads version 1, but the file has 2/,
    ],
    ['a version that is none', changed(['schemaVersion'], 'x'), /at \/schemaVersion: .*got "x"/],
    ['a place with a slash in its name', changed(['environment', 'a/b~c'], 1), /at \/environment\/a~1b~0c: /],
  ])('rejects %s and names the place', (_, text, message) => {
    expect(() => parseRun(text, 'run.json')).toThrow(message)
  })
})

describe('readRun', () => {
  it('names a file that is not there, and says what to give', async () => {
    await expect(readRun('/nowhere/at/all')).rejects.toMatchObject({
      code: 'E_INVALID_INPUT',
      message: expect.stringContaining('/nowhere/at/all') as string,
      hint: 'Give the folder of a report, or its run.json.',
    })
  })
})
