import { expect, it } from 'vitest'
import { parseCellChoice } from './explain-cells.ts'
import { selectPolicyVariant } from './matrix-components.ts'

it('reads the cell to explain', () => {
  expect(parseCellChoice('wrong')).toBe('wrong')
  expect(parseCellChoice('x/a, node-1, TCP/80')).toEqual({ from: 'x/a', to: 'node-1', port: 'tcp/80' })
})

it.each(['x/a', 'x/a,y/b', 'x/a,y/b,80', 'x/a,,tcp/80', 'x/a,y/b,tcp/80,more'])('refuses %j as a cell', (text) => {
  expect(() => parseCellChoice(text)).toThrow(/expected (SOURCE,TARGET,PORT|PROTOCOL\/NUMBER)/)
})

it('reads who enforces policies', () => {
  expect(selectPolicyVariant([])).toBe('builtin')
  expect(selectPolicyVariant(['network-policy=none'])).toBe('none')
  expect(selectPolicyVariant(['network-policy=host:/bin/agent'])).toEqual({ image: 'host:/bin/agent' })
})

it.each([
  ['netwrok-policy=none', 'there is no component "netwrok-policy"'],
  ['network-policy', 'there is no variant ""'],
  ['network-policy=calico', 'there is no variant "calico"'],
])('refuses %j', (text, message) => {
  expect(() => selectPolicyVariant([text])).toThrow(message)
})
