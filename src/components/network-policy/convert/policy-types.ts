import type { Selector } from '../selector/selector.ts'

export type Direction = 'ingress' | 'egress'
export type PolicyProtocol = 'tcp' | 'udp' | 'sctp'

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** One allowance: everything that is given must hold. */
export interface PolicyRule {
  readonly protocol?: PolicyProtocol
  /** Pods at the other end. */
  readonly peers?: Selector
  /** Addresses at the other end: in one of these, and in none of those. */
  readonly nets?: readonly string[]
  readonly notNets?: readonly string[]
  /** Of the destination; empty together with `namedPorts` for all. */
  readonly ports: readonly PortRange[]
  readonly namedPorts: readonly string[]
}

/** A NetworkPolicy as Calico sees it. */
export interface ConvertedPolicy {
  readonly namespace: string
  readonly name: string
  readonly id: string
  /** Which pods it is about, their namespace included. */
  readonly selector: Selector
  /** Absent when the policy is not about that direction. */
  readonly ingress?: readonly PolicyRule[]
  readonly egress?: readonly PolicyRule[]
}
