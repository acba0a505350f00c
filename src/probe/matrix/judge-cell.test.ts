import { describe, expect, it } from 'vitest'
import type { Host } from '../../cluster/host.ts'
import type { ProbeReport } from '../prober/protocol.ts'
import { judgeCell } from './judge-cell.ts'
import type { PlannedCell } from './plan-cells.ts'
import type { MatrixTarget } from './types.ts'

const port = { protocol: 'tcp', port: 80 } as const
const host = { name: 'b', kind: 'pod', addresses: ['10.0.0.2'] } as unknown as Host
const server = { host, names: ['x/b'] }
const target: MatrixTarget = { name: 'x/b', addresses: ['10.0.0.2'], servers: [server] }
const cell: PlannedCell = {
  from: 'x/a',
  to: 'x/b',
  port,
  target,
  proberHost: host,
  address: '10.0.0.2',
  spec: { id: 1, protocol: 'tcp', address: '10.0.0.2', port: 80 },
}

function report(outcome: ProbeReport['outcome'], more: Partial<ProbeReport> = {}): ProbeReport {
  return {
    id: 1,
    outcome,
    detail: `${outcome}!`,
    isVerified: outcome === 'ok',
    sourcePorts: [1],
    durationMs: 1,
    ...more,
  }
}

function judge(seen: ProbeReport | undefined, inside: ProbeReport | undefined, confirmed: readonly number[] = []) {
  return judgeCell(cell, seen, [{ cell: { ...cell, server }, report: inside }], new Set(confirmed))
}

const alive = report('ok', { answeredBy: 'x/b' })

describe('a cell', () => {
  it.each([
    ['ok', true],
    ['timed-out', false],
    ['rejected', false],
    ['refused', false],
    ['error', undefined],
  ] as const)('that is %s is delivered: %s, where the server answers itself', (outcome, isDelivered) => {
    expect(judge(report(outcome), alive)).toMatchObject({ outcome, isDelivered })
  })

  it('that is refused is delivered where the server refuses itself: nothing listens', () => {
    expect(judge(report('refused'), report('refused'))).toMatchObject({ outcome: 'refused', isDelivered: true })
    expect(judge(report('timed-out'), report('refused'))).toMatchObject({ outcome: 'timed-out', isDelivered: false })
  })

  it.each(['timed-out', 'rejected', 'error'] as const)(
    'that is silent shows nothing where the server is %s to itself',
    (outcome) => {
      expect(judge(report('timed-out'), report(outcome))).toMatchObject({ outcome: 'error', isDelivered: undefined })
    },
  )

  it('that is silent shows nothing where the server was not asked', () => {
    expect(judge(report('timed-out'), undefined)).toMatchObject({ outcome: 'error', isDelivered: undefined })
  })

  it('that somebody else answered is an error, and so is one whose answer is not ours', () => {
    expect(judge(report('ok', { answeredBy: 'y/b' }), alive)).toMatchObject({
      outcome: 'error',
      detail: 'answered by y/b: expected x/b',
    })
    expect(judge(report('ok', { isVerified: false }), alive)).toMatchObject({ outcome: 'error' })
  })

  it('is taken as it is where the server does not speak as ours do', () => {
    const foreign = report('ok', { isVerified: false })
    expect(judge(foreign, foreign)).toMatchObject({ outcome: 'ok', isDelivered: true })
  })

  it('tells what its silence was confirmed by', () => {
    expect(judge(report('timed-out'), alive, [1]).confirmedBy).toBe('drop counters')
    expect(judge(report('timed-out'), alive, [2]).confirmedBy).toBeUndefined()
  })

  it('that was not sent is skipped, with the reason', () => {
    const skipped = judgeCell({ ...cell, spec: undefined, reason: 'no SCTP' }, undefined, [], new Set())
    expect(skipped).toMatchObject({ outcome: 'skipped', detail: 'no SCTP', isDelivered: undefined })
  })
})
