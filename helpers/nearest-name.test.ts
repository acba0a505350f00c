import { expect, it } from 'vitest'
import { nearestName } from './nearest-name.ts'

const known = ['nonMasqueradeCIDRs', 'cidrLimit', 'masqLinkLocal', 'masqLinkLocalIPv6', 'resyncInterval']

it.each([
  ['resyscInterval', 'resyncInterval'],
  ['nonMasqueradeCIDR', 'nonMasqueradeCIDRs'],
  ['masqLinkLocalIpv4', 'masqLinkLocalIPv6'],
  ['colour', undefined],
])('takes %s for %s', (name, expected) => {
  expect(nearestName(name, known)).toBe(expected)
})
