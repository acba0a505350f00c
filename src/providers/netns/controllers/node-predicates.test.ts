import { describe, expect, it } from 'vitest'
import type { PodSpec } from '../kubelet/objects.ts'
import { matchesNodeAffinity, tolerates } from './node-predicates.ts'
import { aNode } from './testing/objects.ts'

type Terms = NonNullable<
  NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>['nodeSelectorTerms']

const node = aNode('a', { labels: { zone: 'x', size: '4' } })
const matches = (nodeSelectorTerms: Terms): boolean =>
  matchesNodeAffinity(
    {
      containers: [],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    },
    node,
  )
const expression = (key: string, operator: string, values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values ? { values } : {}) }],
})

describe('matchesNodeAffinity', () => {
  it.each([
    ['In', expression('zone', 'In', ['x', 'y']), true],
    ['In another', expression('zone', 'In', ['y']), false],
    ['NotIn', expression('zone', 'NotIn', ['x']), false],
    ['NotIn of a missing label', expression('none', 'NotIn', ['x']), true],
    ['Exists', expression('zone', 'Exists'), true],
    ['DoesNotExist', expression('zone', 'DoesNotExist'), false],
    ['Gt', expression('size', 'Gt', ['3']), true],
    ['Lt', expression('size', 'Lt', ['4']), false],
    ['Gt of text', expression('zone', 'Gt', ['0']), false],
    ['a field', { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }, true],
    ['a field of another node', { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }, false],
    ['an empty term', {}, false],
  ])('judges %s', (_title, term, expected) => {
    expect(matches([term])).toBe(expected)
  })

  it('takes one term of several, and all of what a term says', () => {
    expect(matches([expression('zone', 'In', ['y']), expression('zone', 'Exists')])).toBe(true)
    const both = [...expression('zone', 'Exists').matchExpressions, ...expression('size', 'In', ['5']).matchExpressions]
    expect(matches([{ matchExpressions: both }])).toBe(false)
  })
})

describe('tolerates', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoSchedule' }
  it.each([
    ['the same key and value', { key: 'k', value: 'v', effect: 'NoSchedule' }, true],
    ['any effect', { key: 'k', value: 'v' }, true],
    ['another value', { key: 'k', value: 'w' }, false],
    ['Exists whatever the value', { key: 'k', operator: 'Exists' }, true],
    ['everything', { operator: 'Exists' }, true],
    ['no key without Exists', { value: 'v' }, false],
    ['another effect', { key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
  ])('judges %s', (_title, toleration, expected) => {
    expect(tolerates([toleration], taint)).toBe(expected)
  })
})
