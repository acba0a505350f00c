import type { Cluster } from '../cluster/cluster.ts'

/** What a component makes on a node, so that a report can show just that and a residue check can fail. */
export interface Ownership {
  /** The address families whose rules it writes. */
  readonly families: readonly (4 | 6)[]
  /** Names of its chains, in any table; every rule of another chain that leads to one of them is its own too. */
  readonly chains: readonly string[]
  readonly sets: readonly string[]
  readonly devices: readonly string[]
}

/** Which implementation is deployed: this project's, the published image, or the user's own image or `host:/path`. */
export type Variant = 'builtin' | 'upstream' | { readonly image: string }

export interface ComponentContext {
  /** How long the dataplane may take. Default: the component's own. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** A system under test. */
export interface Component<Options> {
  readonly name: string
  readonly variants: readonly ('builtin' | 'upstream')[]
  owns(options: Options): Ownership
  /** Resolves when the dataplane is in place on every node that it is for: rules and devices, not pods that say "Running". */
  deploy(cluster: Cluster, options: Options, context?: ComponentContext): Promise<void>
  /** Leaves nothing of what it owns. Resolves when that has been verified. */
  remove(cluster: Cluster, options: Options, context?: ComponentContext): Promise<void>
}
