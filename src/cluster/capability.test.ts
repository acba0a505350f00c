import { describe, expect, it } from 'vitest'
import { allCapabilities, allCapabilitiesBut, lackOf } from './capability.ts'

const capabilities = allCapabilitiesBut({
  outsiders: { reason: 'its network is not ours', remedy: 'use the provider netns' },
  ipv6: { reason: 'it has IPv4 alone' },
})

describe('lackOf', () => {
  it('finds nothing missing when all that is required is there', () => {
    expect(lackOf(capabilities, [])).toBeUndefined()
    expect(lackOf(capabilities, ['external-hosts', 'tun-device'])).toBeUndefined()
  })

  it('names each thing that is missing once, with its meaning, the reason and the remedy', () => {
    const reason = lackOf(capabilities, ['outsiders', 'external-hosts', 'ipv6', 'outsiders'])
    expect(reason).toMatch(/^needs outsiders \(machines on .*\): its network is not ours; use the provider netns\. /)
    expect(reason).toMatch(/\. needs ipv6 \(.*\): it has IPv4 alone$/)
    expect(reason?.match(/outsiders \(/g)).toHaveLength(1)
    expect(reason).not.toContain('external-hosts')
  })
})

describe('allCapabilitiesBut', () => {
  it('says of every capability whether it is there', () => {
    expect(Object.keys(capabilities)).toEqual(allCapabilities)
    expect(allCapabilities.filter((name) => capabilities[name] !== 'present')).toEqual(['outsiders', 'ipv6'])
  })
})
