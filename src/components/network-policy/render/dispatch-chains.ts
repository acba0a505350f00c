import type { Direction } from '../convert/policy-types.ts'
import { drop, goTo } from './actions.ts'
import { endpointChainName } from './endpoint-chain.ts'
import type { FelixChain, FelixRule } from './felix-rule.ts'

const dispatch = {
  egress: { chain: 'cali-from-wl-dispatch', match: '--in-interface' },
  ingress: { chain: 'cali-to-wl-dispatch', match: '--out-interface' },
}

const unknownInterface: FelixRule = { comments: ['Unknown interface'], action: drop }

/**
 * From an interface to its pod's chain, by goto: what that chain gives back goes to whoever asked, past the drop at the end.
 * Interfaces with the same first letter after the common beginning share a chain, so that a packet meets few rules.
 */
export function dispatchChains(devices: readonly string[], direction: Direction): FelixChain[] {
  const { chain, match } = dispatch[direction]
  const sorted = [...new Set(devices)].sort()
  const beginning = commonBeginning(sorted)
  const groups = new Map<string, string[]>()
  for (const device of sorted) {
    const group = device.slice(0, beginning.length + 1)
    groups.set(group, [...(groups.get(group) ?? []), device])
  }
  const toEndpoint = (device: string): FelixRule => ({
    match: `${match} ${device}`,
    action: goTo(endpointChainName(device, direction)),
  })
  const children = [...groups].flatMap(([group, members]): FelixChain[] =>
    members.length === 1
      ? []
      : [{ name: `${chain}-${group.at(-1)}`, rules: [...members.map(toEndpoint), unknownInterface] }],
  )
  const rules = [...groups].map(([group, members]): FelixRule => {
    const [only = ''] = members
    if (members.length === 1) return toEndpoint(only)
    return { match: `${match} ${group}+`, action: goTo(`${chain}-${group.at(-1)}`) }
  })
  return [{ name: chain, rules: [...rules, unknownInterface] }, ...children]
}

/** Of one name alone: nothing, for it is its own group. */
function commonBeginning(names: readonly string[]): string {
  const [first = '', ...others] = names
  if (others.length === 0) return ''
  let length = first.length
  for (const name of others) {
    while (!name.startsWith(first.slice(0, length))) length -= 1
  }
  return first.slice(0, length)
}
