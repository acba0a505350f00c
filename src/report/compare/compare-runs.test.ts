import { expect, test } from 'vitest'
import type { Run, ScenarioRun } from '../model.ts'
import { runSchema } from '../model.ts'
import { compareRuns } from './compare-runs.ts'
import { comparisonPage } from './comparison-page.ts'

interface Wanted {
  readonly node?: string
  readonly address?: string
  readonly verdict?: 'proved' | 'refuted' | 'skipped'
  readonly rule?: string
  readonly packetsDelta?: number
  readonly source?: string
  /** How often the rule is there. */
  readonly copies?: number
}

/** A run on a node of any name and address. */
function runOf({
  node = 'worker-1',
  address = '172.18.0.3',
  verdict = 'proved',
  rule,
  packetsDelta = 1,
  source,
  copies = 1,
}: Wanted = {}): Run {
  const scenario = {
    name: 'masquerade',
    title: 'IP masquerade',
    document: { id: 'S0', title: 'A document' },
    provider: node === 'worker-1' ? 'netns' : 'kind',
    profile: 'masquerade',
    components: [{ name: 'masquerade', variant: 'builtin' }],
    status: 'passed',
    startedAt: '2026-01-01T00:00:00Z',
    durationMs: 1,
    topology: {
      hosts: [
        { name: node, kind: 'node', addresses: [address] },
        { name: 'client', kind: 'pod', addresses: [`10.${address.split('.')[1]}.0.2`], node },
      ],
      subnets: [{ name: 'pods', kind: 'pods', cidr: `10.${address.split('.')[1]}.0.0/24`, host: node }],
    },
    steps: [],
    claims: [
      {
        id: 'S0.1',
        statement: 'It is so.',
        judgement: 'right',
        expectation: 'proved',
        verdict,
        asExpected: true,
        checks: [],
        evidence: [],
        durationMs: 1,
      },
    ],
    evidence: [
      {
        kind: 'translation',
        id: 'e1',
        title: `client by way of ${node}`,
        rows: [
          {
            host: 'client',
            interface: 'eth0',
            timeMs: 1,
            source: `10.${address.split('.')[1]}.0.2`,
            destination: '203.0.113.10',
          },
          {
            host: node,
            interface: 'cali0123456789a',
            timeMs: 2,
            source: source ?? address,
            destination: '203.0.113.10',
            sourcePort: 4711,
          },
        ],
        changed: ['source', 'sourcePort'],
        invariant: 'nonce',
      },
      {
        kind: 'ruleset',
        id: 'e2',
        title: 'rules',
        host: node,
        family: 4,
        table: 'nat',
        rows: Array.from({ length: copies }, (_, index) => ({
          chain: 'POSTROUTING',
          number: index + 1,
          rule: rule ?? `-s 10.${address.split('.')[1]}.0.0/24 -j MASQUERADE`,
          packets: 5,
          bytes: 300,
          packetsDelta,
        })),
      },
    ],
  }
  return runSchema.parse({
    schemaVersion: 1,
    tool: { name: 'packetproof', version: '0' },
    runId: `run-${node}`,
    startedAt: '2026-01-01T00:00:00Z',
    durationMs: 1,
    command: ['packetproof', 'run'],
    environment: { kernel: node },
    scenarios: [scenario satisfies Partial<Record<keyof ScenarioRun, unknown>>],
    problems: [],
  })
}

test('runs on hosts of other names and addresses say the same', () => {
  const { differences, scenarios, environment } = compareRuns(
    runOf(),
    runOf({ node: 'masquerade-worker', address: '172.99.0.7' }),
  )
  expect(scenarios[0]?.evidence.map(({ likeness, title }) => `${likeness} ${title}`)).toEqual([
    'same client by way of node-1',
    'same rules: node-1, nat (IPv4)',
  ])
  expect(differences).toBe(0)
  expect(environment[0]).toMatchObject({ what: 'kernel', likeness: 'different' })
})

test.each([
  ['another verdict', { verdict: 'refuted' }],
  ['another rule', { rule: '-s 10.18.0.0/24 -j SNAT --to-source 1.2.3.4' }],
  ['a rule that did not count', { packetsDelta: 0 }],
  ['another source address', { source: '10.18.0.2' }],
] as const)('%s is a difference', (_, changed) => {
  expect(compareRuns(runOf(), runOf(changed)).differences).toBe(1)
})

test('a rule that only one of the runs has twice is a difference', () => {
  expect(compareRuns(runOf({ copies: 2 }), runOf()).differences).toBe(1)
  expect(compareRuns(runOf(), runOf({ copies: 2 })).differences).toBe(1)
  expect(compareRuns(runOf({ copies: 2 }), runOf({ copies: 2 })).differences).toBe(0)
})

test('what one run has skipped is no difference', () => {
  const { differences, scenarios } = compareRuns(runOf(), runOf({ verdict: 'skipped' }))
  expect(differences).toBe(0)
  expect(scenarios[0]?.claims[0]).toMatchObject({ first: 'proved', second: 'skipped', likeness: 'only-first' })
})

test('the same rule written otherwise is the same', () => {
  const one = runOf({ rule: '-p tcp -m tcp --dport 80 -j ACCEPT' })
  expect(compareRuns(one, runOf({ rule: '-p 6 --dport 80 -j ACCEPT' })).differences).toBe(0)
})

test('the page says what differs and escapes what was observed', () => {
  const page = comparisonPage(compareRuns(runOf(), runOf({ rule: '-m comment --comment "<script>" -j DROP' })))
  expect(page).toContain('1 difference')
  expect(page).not.toContain('<script>')
})
