import { CleanupStack } from '../../helpers/cleanup-stack.ts'
import type { ExecObserver } from '../cluster/access-host.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { connectCluster } from '../cluster/kube-cluster.ts'
import { loadProfile } from '../cluster/load-profile.ts'
import type { ProvidedCluster, ProviderChoices, ProviderOptions } from '../cluster/node-access.ts'
import type { ClusterProfile } from '../cluster/profile.ts'
import type { ProgressListener } from './progress.ts'

export type CreateCluster = (profile: ClusterProfile, options: ProviderOptions) => Promise<ProvidedCluster>

/** The clusters that one scenario makes: its own, and those beside it. */
export class ScenarioClusters {
  readonly #create: CreateCluster
  readonly #signal: AbortSignal
  readonly #observe: ExecObserver
  readonly #listener: ProgressListener
  readonly #cleanup = new CleanupStack()
  #environment: Readonly<Record<string, string>> = {}
  #death: unknown

  constructor(create: CreateCluster, signal: AbortSignal, observe: ExecObserver, listener: ProgressListener) {
    this.#create = create
    this.#signal = signal
    this.#observe = observe
    this.#listener = listener
  }

  /** Facts about the machine and the clusters, for the report. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment
  }

  /** Why a cluster is gone that nobody removed. */
  get death(): unknown {
    return this.#death
  }

  async create(profileName: string, options: ProviderChoices = {}): Promise<Cluster> {
    const profile = loadProfile(profileName)
    const provided = await this.#create(profile, {
      name: options.shared === true ? `shared-${profile.name}` : profile.name,
      signal: this.#signal,
      onNote: (text) => this.#listener({ type: 'note', text }),
      ...options,
    })
    this.#environment = provided.environment
    provided.died.catch((error: unknown) => {
      this.#death ??= error
    })
    let cluster: Cluster | undefined
    this.#cleanup.push(`cluster ${profile.name}`, async () => (cluster ?? provided)[Symbol.asyncDispose]())
    cluster = await connectCluster(options.shared === true ? giveBack(provided) : provided, {
      profile,
      observe: this.#observe,
    })
    return cluster
  }

  /** Undone before the cluster is removed, last first. */
  afterwards(what: string, undo: () => Promise<void>): void {
    this.#cleanup.push(what, undo)
  }

  /** @throws AggregateError when a cluster could not be removed; the others are removed all the same. */
  async removeAll(): Promise<void> {
    await this.#cleanup.run()
  }
}

/** As somebody else's cluster, except that all that is in it is ours. */
function giveBack(provided: ProvidedCluster): ProvidedCluster {
  return { borrowed: { labels: {}, retain: false, imageFor: (image) => image }, ...provided }
}
