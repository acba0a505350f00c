import type { PolicyObject } from '../oracle/objects.ts'

export type Labels = Readonly<Record<string, string>>

/** What can differ from one moment of a case to the next; the pods themselves stay. */
export interface PolicyState {
  readonly policies: readonly PolicyObject[]
  /** Labels beside the namespace's own (`ns: x`), by namespace. */
  readonly namespaceLabels?: Readonly<Record<string, Labels>>
  /** Labels beside the pod's own (`pod: a`), by `NAMESPACE/NAME`. */
  readonly podLabels?: Readonly<Record<string, Labels>>
}

/**
 * What a case says that has to be, in words of its own: everything is allowed but for these rows, of which the last that fits counts.
 * An end is `*`, a namespace or a pod (`x/a`).
 */
export type ExpectedRow = readonly [permission: 'allow' | 'block', from: string, to: string]

export interface ConformanceStep {
  /** Where a case has several. */
  readonly title?: string
  /** The whole of what is in force, given the addresses of the pods. */
  readonly state: (addressOf: AddressOf) => PolicyState
  /** By port (`tcp/80`). Ports that are not named are judged by the oracle alone. */
  readonly expected: Readonly<Record<string, readonly ExpectedRow[]>>
}

/** The address of a pod (`x/a`). */
export type AddressOf = (pod: string) => string

/**
 * One case, on namespaces x, y, z with pods a, b, c each, which serve tcp and udp on ports 80 and 81 under the names `serve-80-tcp` and
 * so on.
 */
export interface ConformanceCase {
  readonly name: string
  /** Where the case and what it expects come from: the NetworkPolicy suite of Kubernetes, this project, or chance. */
  readonly origin: 'kubernetes' | 'packetproof' | 'generated'
  readonly steps: readonly ConformanceStep[]
}

export const NAMESPACES = ['x', 'y', 'z'] as const
export const POD_NAMES = ['a', 'b', 'c'] as const
/** `x/a` to `z/c`. */
export const PODS = NAMESPACES.flatMap((namespace) => POD_NAMES.map((name) => `${namespace}/${name}`))
