import { familyOf } from '../../../helpers/cidr.ts'
import { invalidInput } from '../../errors.ts'
import { deviceName, type IpFamily, overheadBytes, setNames } from './names.ts'
import type { NodeState, ShownLink } from './observe.ts'
import type { Peer } from './plan-peers.ts'
import { planRouting } from './plan-routing.ts'
import { planRules } from './plan-rules.ts'
import { planWireguard } from './plan-wireguard.ts'
import { deleteServiceTable, holdsServiceMarks, renderServiceMarks } from './service-marks.ts'

/** A change of a machine, as a command. */
export interface Command {
  readonly argv: readonly string[]
  readonly stdin?: string
  /** What it does, for logs and people. */
  readonly why: string
  /** It has the private key on its standard input. */
  readonly takesPrivateKey?: true
}

/** What a node is to have. */
export interface DesiredNode {
  readonly families: readonly IpFamily[]
  readonly uplink: ShownLink
  /** Undefined: whatever key the device has (nobody but the agent knows the private one). */
  readonly publicKey: string | undefined
  readonly peers: readonly Peer[]
  /** Of the nodes that are peers. */
  readonly peerPodCidrs: readonly string[]
  readonly keepaliveSeconds: number
  readonly strict: { readonly cidrs: readonly string[]; readonly localCidrs: readonly string[] } | undefined
}

export interface NodePlan {
  /** Sets and rules, with strict mode's drop: they need no device, and come before one. */
  readonly rules: readonly Command[]
  readonly device: readonly Command[]
}

/**
 * What makes a machine as it should be, in the order in which nothing leaks that need not: a pod leaves the set before it leaves its
 * peer, and joins its peer before the set.
 */
export function planNode(state: NodeState, desired: DesiredNode): NodePlan {
  const { families } = desired
  const before = families.flatMap((family) => [...planSet(state, family), ...planRules(state, desired, family)])
  const device = [
    ...families.flatMap((family) => planMembers(state, desired, family, 'remove')),
    ...planWireguard(state.wireguard, desired),
    ...planLink(state, desired),
    ...families.flatMap((family) => planRouting(state.families[family], family)),
    ...families.flatMap((family) => planMembers(state, desired, family, 'add')),
    ...families.flatMap((family) => planServiceMarks(state, desired, family)),
  ]
  return { rules: before, device }
}

/** The part of it that pods and nodes which come and go change. */
export function planPeerChanges(state: NodeState, desired: DesiredNode): readonly Command[] {
  const { families } = desired
  return [
    ...families.flatMap((family) => planMembers(state, desired, family, 'remove')),
    ...planWireguard(state.wireguard, desired),
    ...families.flatMap((family) => planMembers(state, desired, family, 'add')),
    ...families.flatMap((family) => planServiceMarks(state, desired, family)),
  ]
}

function planServiceMarks(state: NodeState, desired: DesiredNode, family: IpFamily): Command[] {
  const marks = state.families[family]?.serviceMarks
  if (marks?.hasNft !== true) return []
  const cidrs = desired.peerPodCidrs.filter((cidr) => familyOf(cidr) === family)
  if (cidrs.length === 0) {
    if (marks.listing === undefined) return []
    return [{ argv: deleteServiceTable(family), why: `IPv${family}: no Services to mark any more` }]
  }
  const stdin = renderServiceMarks(family, desired.uplink.name, cidrs)
  if (holdsServiceMarks(marks.listing, stdin)) return []
  return [
    { argv: ['nft', '-f', '-'], stdin, why: `IPv${family}: mark what goes to ${cidrs.join(', ')} by way of Services` },
  ]
}

function planSet({ families }: NodeState, family: IpFamily): Command[] {
  if (families[family]?.members !== undefined) return []
  const inet = family === 4 ? 'inet' : 'inet6'
  const name = setNames[family]
  return [{ argv: ['ipset', 'create', name, 'hash:ip', 'family', inet, '-exist'], why: `make the set ${name}` }]
}

function planMembers(state: NodeState, desired: DesiredNode, family: IpFamily, how: 'add' | 'remove'): Command[] {
  const members = new Set(state.families[family]?.members)
  const wanted = new Set(
    desired.peers
      .flatMap(({ allowedIps }) => allowedIps.map((prefix) => prefix.split('/')[0] ?? ''))
      .filter((a) => familyOf(a) === family),
  )
  const [from, without] = how === 'add' ? [wanted, members] : [members, wanted]
  const changed = [...from].filter((address) => !without.has(address))
  if (changed.length === 0) return []
  const word = how === 'add' ? 'add' : 'del'
  return [
    {
      argv: ['ipset', 'restore', '-exist'],
      stdin: changed.map((address) => `${word} ${setNames[family]} ${address}\n`).join(''),
      why:
        how === 'add' ? `mark what goes to ${changed.join(', ')}` : `mark no more what goes to ${changed.join(', ')}`,
    },
  ]
}

function planLink(state: NodeState, { uplink }: DesiredNode): Command[] {
  const link = state.links.find(({ name }) => name === deviceName)
  const mtu = uplink.mtu - overheadBytes
  if (mtu < 1280) {
    throw invalidInput(
      `${uplink.name} has an MTU of ${uplink.mtu}: less ${overheadBytes} that is ${mtu}, and IPv6 needs 1280`,
    )
  }
  const isUp = link?.flags.includes('UP') ?? false
  const filter = state.reversePathFilter
  // The kernel takes the larger of the two. Where `all` is 1, only 2 (loose) lets the tunnel's packets in: their way back is not by it.
  const wanted = (filter?.all ?? 0) === 0 ? 0 : 2
  return [
    ...(link?.mtu === mtu
      ? []
      : [{ argv: ['ip', 'link', 'set', 'dev', deviceName, 'mtu', String(mtu)], why: `MTU ${mtu}` }]),
    ...(filter?.device === wanted
      ? []
      : [
          {
            argv: ['sysctl', '-q', '-w', `net.ipv4.conf.${deviceName}.rp_filter=${wanted}`],
            why: 'no reverse path filter on the tunnel',
          },
        ]),
    ...(isUp ? [] : [{ argv: ['ip', 'link', 'set', 'dev', deviceName, 'up'], why: 'bring the tunnel up' }]),
  ]
}
