import { expect, it } from 'vitest'
import type { Permission } from '../../oracle/evaluate.ts'
import type { CellOutcome } from '../../probe/matrix/types.ts'
import { compareCells } from './compare-cells.ts'
import { isAsExpected } from './matrix-json.ts'
import { describeProblems, matrixSummary, matrixTable } from './matrix-table.ts'

const port = { protocol: 'tcp', port: 80 } as const
const style = {
  green: (text: string) => text,
  red: (text: string) => text,
  yellow: (text: string) => text,
  dim: (text: string) => text,
  bold: (text: string) => text,
}

function observed(from: string, to: string, outcome: CellOutcome['outcome'], isDelivered?: boolean): CellOutcome {
  return {
    from,
    to,
    port,
    outcome,
    isDelivered,
    detail: `detail of ${outcome}`,
    address: '10.0.0.1',
    sourcePorts: [],
    durationMs: 1,
  }
}

function expected(from: string, to: string, permission: Permission) {
  return { from, to, port, expectation: { permission, reason: `why ${permission}`, judgements: [] } }
}

const verdicts = (cells: ReturnType<typeof compareCells>) => cells.map(({ verdict }) => verdict)

it.each([
  ['ok', true, 'allowed', 'as-expected'],
  ['ok', true, 'blocked', 'differs'],
  ['timed-out', false, 'blocked', 'as-expected'],
  ['timed-out', false, 'allowed', 'differs'],
  ['rejected', false, 'allowed', 'differs'],
  ['refused', true, 'allowed', 'as-expected'],
  ['refused', true, 'blocked', 'differs'],
  ['refused', false, 'blocked', 'as-expected'],
  ['error', undefined, 'blocked', 'not-shown'],
  ['error', undefined, 'allowed', 'not-shown'],
  ['skipped', undefined, 'blocked', 'not-specified'],
  ['ok', true, 'unspecified', 'not-specified'],
] as const)('%s (delivered: %s) where it must be %s is %s', (outcome, isDelivered, permission, verdict) => {
  const cells = compareCells([observed('a', 'b', outcome, isDelivered)], [expected('a', 'b', permission)])
  expect(verdicts(cells)).toEqual([verdict])
})

it('expects nothing of a cell that the oracle does not know', () => {
  expect(verdicts(compareCells([observed('a', 'b', 'ok', true)], []))).toEqual(['not-specified'])
})

const cells = compareCells(
  [
    observed('x/a', 'x/b', 'ok', true),
    observed('x/b', 'x/a', 'timed-out', false),
    observed('node', 'x/a', 'error'),
    observed('node', 'x/b', 'skipped'),
  ],
  [
    expected('x/a', 'x/b', 'blocked'),
    expected('x/b', 'x/a', 'blocked'),
    expected('node', 'x/a', 'allowed'),
    expected('node', 'x/b', 'allowed'),
  ],
)

it('prints a grid whose diagonal is one, and marks what differs', () => {
  expect(matrixTable(cells, 80, style).split('\n')).toEqual([
    'tcp/80',
    '      x/a      x/b',
    'x/a   ·        open!',
    'x/b   blocked  ·',
    'node  ?        skipped',
  ])
})

it('numbers the columns where names are too long for the width', () => {
  const [, header, ...rest] = matrixTable(cells, 5, style).split('\n')
  expect(header?.trim()).toBe('1        2')
  expect(rest.slice(-2)).toEqual(['  1 x/a', '  2 x/b'])
})

it('says what is wrong with each cell, and counts them', () => {
  expect(describeProblems(cells)).toEqual([
    'x/a -> x/b tcp/80: must be blocked (why blocked); observed: ok, detail of ok',
    'node -> x/a tcp/80: must be open (why allowed); observed: error, detail of error',
  ])
  expect(matrixSummary(cells)).toBe(
    '1 of 4 cells as the NetworkPolicy API demands, 1 differ (!), 1 could not be shown (?), 1 not specified, or skipped; skipped: detail of skipped',
  )
})

it('does not print problems without end', () => {
  const many = Array.from({ length: 20 }, () => observed('a', 'b', 'ok', true))
  const problems = describeProblems(compareCells(many, [expected('a', 'b', 'blocked')]))
  expect(problems).toHaveLength(13)
  expect(problems.at(-1)).toBe('and 8 more: --format json has them all')
})

it('is as expected only when something was compared, and nothing differs or was not shown', () => {
  const good = compareCells([observed('a', 'b', 'ok', true)], [expected('a', 'b', 'allowed')])
  const skipped = compareCells([observed('a', 'b', 'skipped')], [expected('a', 'b', 'allowed')])
  expect(isAsExpected(good)).toBe(true)
  expect(isAsExpected([...good, ...skipped])).toBe(true)
  expect(isAsExpected(skipped)).toBe(false)
  expect(isAsExpected([])).toBe(false)
  expect(isAsExpected([...good, ...cells.filter(({ verdict }) => verdict === 'not-shown')])).toBe(false)
})
