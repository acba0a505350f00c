import type { Direction } from '../convert/policy-types.ts'
import type { Dialect } from '../dialect.ts'
import { chainName } from '../names/hashes.ts'
import { accept, clearMarks, drop, giveBack, inState, isClear, isSet, jumpTo } from './actions.ts'
import type { FelixChain, FelixRule } from './felix-rule.ts'
import type { PolicyGroup } from './policy-groups.ts'

/** `tw` and `fw` are seen from the node: to the workload is its ingress. */
const prefixes = {
  ingress: { endpoint: 'cali-tw-', profile: 'cali-pri-' },
  egress: { endpoint: 'cali-fw-', profile: 'cali-pro-' },
}

export function endpointChainName(device: string, direction: Direction): string {
  return chainName(prefixes[direction].endpoint, device)
}

export function profileChainName(profile: string, direction: Direction): string {
  return chainName(prefixes[direction].profile, profile)
}

/**
 * The chain of one pod in one direction: what is known already, then the policies, then the profiles. Accepting is a mark and a
 * return: the chain of another pod may still have to judge the packet.
 * @param groups in their order; none when no policy is about this direction
 * @param profiles their ids
 */
export function endpointChain(
  device: string,
  direction: Direction,
  groups: readonly PolicyGroup[],
  profiles: readonly string[],
  dialect: Dialect,
): FelixChain {
  const { marks } = dialect
  const returnIfAccepted = (comment: string): FelixRule => ({
    comments: [comment],
    match: isSet(marks.accept),
    action: giveBack,
  })
  return {
    name: endpointChainName(device, direction),
    rules: [
      { match: inState('RELATED,ESTABLISHED'), action: accept },
      { match: inState('INVALID'), action: drop },
      { action: clearMarks(dialect.clearAtStart) },
      ...(direction === 'egress' && dialect.dropsEncapsulated ? noTunnels : []),
      ...(groups.length === 0
        ? []
        : [
            { comments: [dialect.tierStartComment], action: clearMarks(marks.pass) },
            ...groups.flatMap(({ chain }) => [
              { match: isClear(marks.pass), action: jumpTo(chain) },
              returnIfAccepted('Return if policy accepted'),
            ]),
            { comments: [dialect.tierEndComment], match: isClear(marks.pass), action: drop },
          ]),
      ...profiles.flatMap((profile) => [
        { action: jumpTo(profileChainName(profile, direction)) },
        returnIfAccepted('Return if profile accepted'),
      ]),
      { comments: ['Drop if no profiles matched'], action: drop },
    ],
  }
}

const vxlanPort = 4789

/** By number, as Felix has them: the hashes are made of the text. */
const noTunnels: readonly FelixRule[] = [
  {
    comments: ['Drop VXLAN encapped packets originating in workloads'],
    match: `-p 17 -m multiport --destination-ports ${vxlanPort}`,
    action: drop,
  },
  { comments: ['Drop IPinIP encapped packets originating in workloads'], match: '-p 4', action: drop },
]
