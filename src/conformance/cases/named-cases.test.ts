import { describe, expect, it } from 'vitest'
import type { PolicyPort } from '../../oracle/objects.ts'
import { truthTable } from '../../oracle/truth-table.ts'
import { PODS } from '../conformance-case.ts'
import { objectsOf, permissionByRows } from '../policy-model.ts'
import { namedCases } from './named-cases.ts'

const addressesOf = (pod: string): string[] => [
  `10.244.${'xyz'.indexOf(pod[0] ?? '')}.${'abc'.indexOf(pod[2] ?? '') + 10}`,
]
const addressOf = (pod: string): string => addressesOf(pod)[0] ?? ''

describe('the named cases', () => {
  it('have names of their own, most of them those of the Kubernetes suite', () => {
    expect(new Set(namedCases.map(({ name }) => name)).size).toBe(namedCases.length)
    expect(namedCases.filter(({ origin }) => origin === 'kubernetes')).toHaveLength(48)
  })

  describe.each(namedCases.map((each) => [each.name, each] as const))('%s', (_, { steps }) => {
    it.each(steps.map((each, at) => [each.title ?? `step ${at + 1}`, each] as const))(
      'expects by hand what the oracle expects: %s',
      (_, { state, expected }) => {
        const ports = Object.keys(expected)
        expect(ports).not.toHaveLength(0)
        for (const text of ports) {
          const [protocol, number] = text.split('/') as [PolicyPort['protocol'], string]
          const objects = objectsOf(state(addressOf), { addressesOf })
          const { cells } = truthTable(objects, [{ protocol, port: Number(number) }])
          const others = cells.filter(({ from, to }) => from !== to)
          expect(others).toHaveLength(PODS.length * (PODS.length - 1))
          expect(
            others.map(({ from, to, expectation }) => `${text} ${from} > ${to}: ${expectation.permission}`),
          ).toEqual(
            others.map(
              ({ from, to }) => `${text} ${from} > ${to}: ${permissionByRows(expected[text] ?? [], from, to)}`,
            ),
          )
        }
      },
    )
  })
})
