import { setTimeout as delay } from 'node:timers/promises'
import type { V1Endpoints, V1Service } from '@kubernetes/client-node'
import type { Endpoint } from '../../../../helpers/linux/socket-address.ts'
import type { KubeAccess } from '../../kube-watch/kube-access.ts'
import type { Watchable } from '../../kube-watch/resource-cache.ts'
import { watchResources } from '../../kube-watch/watch-resources.ts'
import { endpointText } from './connection-record.ts'

/** How long the first connections wait for Services to be known. */
const firstListTimeoutMs = 2000

/** Who answers for the Services of the cluster: what Envoy is told by its control plane. */
export class ServiceTable {
  #services: ReadonlyMap<string, V1Service> = new Map()
  #endpoints: ReadonlyMap<string, V1Endpoints> = new Map()
  #backends = new Map<string, readonly Endpoint[]>()
  #turn = 0
  readonly #listed: Promise<unknown>

  /**
   * Follows Services and Endpoints until the signal aborts.
   * @param onError told why there is no news; connections then go where they were bound.
   */
  constructor(access: KubeAccess, signal: AbortSignal, onError: (error: Error) => void) {
    const follow = async <T extends Watchable>(
      path: string,
      take: (objects: ReadonlyMap<string, T>) => void,
    ): Promise<void> => {
      await new Promise<void>((listed) => {
        const onChange = (objects: ReadonlyMap<string, T>): void => {
          take(objects)
          this.#rebuild()
          listed()
        }
        watchResources<T>({ path, access, onChange, onError, signal }).catch(onError)
      })
    }
    const services = follow<V1Service>('/api/v1/services', (objects) => (this.#services = objects))
    const endpoints = follow<V1Endpoints>('/api/v1/endpoints', (objects) => (this.#endpoints = objects))
    this.#listed = Promise.race([
      Promise.all([services, endpoints]),
      delay(firstListTimeoutMs, undefined, { ref: false }),
    ])
  }

  /** One of the endpoints of the Service that has this address and port, in turn; the destination itself where there is none. */
  async resolve(destination: Endpoint): Promise<Endpoint> {
    await this.#listed
    const backends = this.#backends.get(endpointText(destination)) ?? []
    return backends[this.#turn++ % Math.max(1, backends.length)] ?? destination
  }

  #rebuild(): void {
    this.#backends = new Map(
      [...this.#services].flatMap(([key, { spec }]) =>
        (spec?.ports ?? [])
          .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
          .flatMap(({ name, port }) => {
            const backends = backendsOf(this.#endpoints.get(key), name)
            return (spec?.clusterIPs ?? []).map((address) => [endpointText({ address, port }), backends] as const)
          }),
      ),
    )
  }
}

function backendsOf(endpoints: V1Endpoints | undefined, portName: string | undefined): readonly Endpoint[] {
  return (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const port = ports.find(({ name }) => (name ?? '') === (portName ?? ''))?.port
    return port === undefined ? [] : addresses.map(({ ip }) => ({ address: ip, port }))
  })
}
