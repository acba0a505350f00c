import { CleanupStack } from '../../helpers/cleanup-stack.ts'
import type { ExecObserver } from '../cluster/access-host.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { connectCluster } from '../cluster/kube-cluster.ts'
import { loadProfile } from '../cluster/load-profile.ts'
import type { ProvidedCluster, ProviderOptions } from '../cluster/node-access.ts'
import type { ClusterProfile } from '../cluster/profile.ts'

export type CreateCluster = (profile: ClusterProfile, options: ProviderOptions) => Promise<ProvidedCluster>

/** The clusters that one scenario makes: its own, and those beside it. */
export class ScenarioClusters {
  readonly #create: CreateCluster
  readonly #signal: AbortSignal
  readonly #observe: ExecObserver
  readonly #cleanup = new CleanupStack()
  #environment: Readonly<Record<string, string>> = {}
  #death: unknown

  constructor(create: CreateCluster, signal: AbortSignal, observe: ExecObserver) {
    this.#create = create
    this.#signal = signal
    this.#observe = observe
  }

  /** Facts about the machine and the clusters, for the report. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment
  }

  /** Why a cluster is gone that nobody removed. */
  get death(): unknown {
    return this.#death
  }

  async create(profileName: string, options: Pick<ProviderOptions, 'apiPort'> = {}): Promise<Cluster> {
    const profile = loadProfile(profileName)
    const provided = await this.#create(profile, { name: profile.name, signal: this.#signal, ...options })
    this.#environment = provided.environment
    provided.died.catch((error: unknown) => {
      this.#death ??= error
    })
    this.#cleanup.push(`cluster ${profile.name}`, async () => provided[Symbol.asyncDispose]())
    return connectCluster(provided, { profile, observe: this.#observe })
  }

  /** @throws AggregateError when a cluster could not be removed; the others are removed all the same. */
  async removeAll(): Promise<void> {
    await this.#cleanup.run()
  }
}
