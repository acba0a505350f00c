import { describe, expect, it } from 'vitest'
import { clusterName } from './cluster-name.ts'

describe('clusterName', () => {
  it.each([
    ['masquerade', false, 'packetproof-masquerade-abc123'],
    ['masquerade', true, 'packetproof-masquerade'],
    ['Masquerade / fault: drop replies!', false, 'packetproof-masquerade-fault-drop-repl-abc123'],
    ['', false, 'packetproof-cluster-abc123'],
    ['---', true, 'packetproof-cluster'],
    ['ünïcode', true, 'packetproof-n-code'],
  ])('of %j is one that kind and Docker accept', (name, isKept, expected) => {
    expect(clusterName(name, isKept, 'abc123')).toBe(expected)
  })

  it('leaves room for what kind appends to make host names', () => {
    const longest = clusterName('x'.repeat(200), false)
    expect(`${longest}-control-plane22`.length).toBeLessThanOrEqual(63)
    expect(longest).toMatch(/^[a-z0-9.-]+$/)
  })

  it('is another one each time, but for what is kept', () => {
    expect(clusterName('a', false)).not.toBe(clusterName('a', false))
    expect(clusterName('a', true)).toBe(clusterName('a', true))
  })
})
