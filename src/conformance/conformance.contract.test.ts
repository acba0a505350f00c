import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { ensureSuccess } from '../cluster/ensure-success.ts'
import { networkPolicy } from '../components/network-policy/network-policy.ts'
import { createCluster } from '../providers/create-cluster.ts'
import { namedCases } from './cases/named-cases.ts'
import { generateCase } from './generate/generate-case.ts'
import type { CaseResult } from './run/case-result.ts'
import { ConformanceCluster } from './run/conformance-cluster.ts'
import { runCase } from './run/run-case.ts'
import { runCases } from './run/run-cases.ts'

const SEED = 7
const GENERATED = 8
const { signal } = new AbortController()

let cluster: Cluster
let pods: ConformanceCluster

beforeAll(async () => {
  cluster = await createCluster('conformance')
  await networkPolicy.deploy(cluster, {}, { signal })
  pods = await ConformanceCluster.create(cluster, { family: 4, signal })
})

afterAll(async () => {
  await pods[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

/** What a person would want to know of a case that is not as it should be. */
function shortcomings({ outcome, steps, reason }: CaseResult): unknown {
  if (outcome === 'passed' || outcome === 'late' || outcome === 'skipped') return undefined
  return { reason, cells: steps.flatMap((step) => [...step.wrong, ...step.errors]) }
}

describe('the network policies of this project', () => {
  it.each(namedCases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const result = await runCase(pods, each)
    expect(shortcomings(result)).toBeUndefined()
    // Not every kernel has SCTP.
    expect(result.outcome === 'skipped' && !each.name.startsWith('using SCTP')).toBe(false)
  })

  it.each(Array.from({ length: GENERATED }, (_, index) => [index]))('hold in generated case %i', async (index) => {
    const result = await runCase(pods, generateCase(SEED, index))
    expect(shortcomings(result)).toBeUndefined()
  })
})

describe('a case', () => {
  it('fails where something keeps back what policies allow, and is made smaller', async () => {
    // In a table that the agent does not look after.
    const rule = ['-p', 'udp', '--dport', '81', '-j', 'DROP']
    const change = async (verb: '-I' | '-D') => {
      for (const node of cluster.nodes)
        await ensureSuccess(node, ['iptables', '-w', '-t', 'mangle', verb, 'FORWARD', ...rule])
    }
    await change('-I')
    try {
      const [result] = await runCases(pods, [generateCase(SEED, 0)], { maxShrunk: 1, maxTries: 25, signal })
      expect(result).toMatchObject({ outcome: 'failed' })
      expect(result?.counterexample).toMatchObject({
        isMinimal: true,
        state: { policies: [], podLabels: {}, namespaceLabels: {} },
        yaml: expect.stringMatching(/^apiVersion: v1\nkind: Namespace\n/) as string,
      })
      const seen = result?.counterexample?.wrong.map(({ port, expected, observed }) => {
        return `${port.protocol}/${port.port} ${expected} ${observed.split(' ')[0]}`
      })
      expect([...new Set(seen)]).toEqual(['udp/81 allowed timed-out'])
    } finally {
      await change('-D')
    }
  })

  it('leaves nothing to the next one: with no policy everything is open again', async () => {
    const { wrong, errors } = await pods.judge({ policies: [] })
    expect([...wrong, ...errors]).toEqual([])
  })
})
