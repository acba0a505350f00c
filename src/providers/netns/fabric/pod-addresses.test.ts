import { describe, expect, it } from 'vitest'
import { parseCidr } from '../../../../helpers/cidr.ts'
import { PodAddresses, releasePodAddresses, takePodAddresses } from './pod-addresses.ts'

describe('PodAddresses', () => {
  it('gives out every address but the first two and the last, and says when none is left', () => {
    const pool = new PodAddresses(parseCidr('10.0.0.0/29'))
    expect([1, 2, 3, 4, 5].map(() => pool.take())).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'])
    expect(() => pool.take()).toThrow('no free pod address left in 10.0.0.0/29')
  })

  it('does not use a freed address again at once', () => {
    const pool = new PodAddresses(parseCidr('10.0.0.0/24'))
    pool.release(pool.take())
    expect(pool.take()).toBe('10.0.0.3')
  })

  it('takes nothing when one of the wanted addresses cannot be had', () => {
    const pools = [new PodAddresses(parseCidr('10.0.0.0/24')), new PodAddresses(parseCidr('fd00::/64'))]
    const taken = takePodAddresses(pools, ['10.0.0.9', 'fd00::9'])
    expect(() => takePodAddresses(pools, ['10.0.0.8', 'fd00::9'])).toThrow('the pod address fd00::9 is taken')
    expect(takePodAddresses(pools, ['10.0.0.8'])).toEqual(['10.0.0.8'])
    expect(() => takePodAddresses(pools, ['192.0.2.1'])).toThrow('is not in the node')
    releasePodAddresses(pools, taken)
    expect(takePodAddresses(pools, ['fd00::9'])).toEqual(['fd00::9'])
  })
})
