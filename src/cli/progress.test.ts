import { expect, it } from 'vitest'
import type { ProgressEvent } from '../scenario/progress.ts'
import { Progress } from './progress.ts'

const events: readonly ProgressEvent[] = [
  { type: 'step-start', id: '1', title: 'masquerade' },
  { type: 'step-start', id: '1.1', parentId: '1', title: 'cluster' },
  { type: 'step-end', id: '1.1', status: 'passed', durationMs: 320 },
  { type: 'step-start', id: '1.2', parentId: '1', title: 'ping' },
  { type: 'step-start', id: '1.2.1', parentId: '1.2', title: 'capture' },
  { type: 'step-end', id: '1.2.1', status: 'passed', durationMs: 5 },
  { type: 'step-end', id: '1.2', status: 'failed', durationMs: 1500, error: 'no reply\u001B[2J\nfrom 192.0.2.1' },
  { type: 'note', text: 'kept' },
  { type: 'step-end', id: '1', status: 'skipped', durationMs: 2000 },
]

function show(options: { quiet: boolean; depth: number }, terminal: { isTTY?: boolean } = {}, env = {}): string {
  let written = ''
  using progress = new Progress({ ...terminal, write: (text) => (written += text) }, env, options)
  for (const event of events) progress.handle(event)
  return written
}

it('prints plain lines where there is no terminal, as deep as asked', () => {
  expect(show({ quiet: false, depth: 1 })).toBe(
    [
      ' • masquerade …',
      '    • cluster …',
      '    ✓ cluster  320 ms',
      '    • ping …',
      '    ✗ ping  1.5 s',
      '      no reply␛[2J',
      '      from 192.0.2.1',
      ' kept',
      ' ○ masquerade  2.0 s',
      '',
    ].join('\n'),
  )
  expect(show({ quiet: false, depth: 2 })).toContain('       ✓ capture  5 ms\n')
})

it('prints failed steps only when quiet', () => {
  expect(show({ quiet: true, depth: 9 })).toBe('    ✗ ping  1.5 s\n      no reply␛[2J\n      from 192.0.2.1\n')
})

it('draws over the current line on a terminal and leaves each finished step', () => {
  const written = show({ quiet: false, depth: 1 }, { isTTY: true }, { NO_COLOR: '1' })
  expect(written).toContain('\r\u001B[2K    ✓ cluster  320 ms\n')
  expect(written).not.toContain('•')
  expect(written.endsWith('\r\u001B[2K')).toBe(true)
})

it('colours when told to, and not when told not to', () => {
  expect(show({ quiet: false, depth: 0 }, {}, { FORCE_COLOR: '1' })).toContain('\u001B[31m✗')
  expect(show({ quiet: false, depth: 0 }, { isTTY: true }, { NO_COLOR: '1' })).not.toContain('\u001B[3')
})
