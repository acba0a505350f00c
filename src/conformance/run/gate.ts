import type { KubernetesObject } from '@kubernetes/client-node'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import type { MatrixProber } from '../../probe/matrix/matrix-prober.ts'
import { serverNameOf, serverPod } from '../../probe/matrix/server-pod.ts'
import type { MatrixPort, MatrixTarget } from '../../probe/matrix/types.ts'
import { waitForServers } from '../../probe/matrix/wait-for-servers.ts'
import { policy } from '../cases/case-parts.ts'
import { readyPod } from './ready-pod.ts'
import { changeLabels, manifestOf } from './write-state.ts'

const NAMESPACE = 'gate'
const PORT: MatrixPort = { protocol: 'tcp', port: 80 }
/** One try; the packets of a gate that is still closed are dropped. */
const TRY_MS = 30

/**
 * Tells when the nodes have taken in what was written to the API before: on each node a pod lets in just those whose labels, and
 * whose namespace's labels, carry the latest number. That needs the watches of policies, pods and namespaces to have caught up.
 */
export class Gate {
  readonly #cluster: Cluster
  readonly #prober: MatrixProber
  readonly #pods: readonly Pod[]
  #number = 0

  private constructor(cluster: Cluster, prober: MatrixProber, pods: readonly Pod[]) {
    this.#cluster = cluster
    this.#prober = prober
    this.#pods = pods
  }

  /** Makes the gate's namespace and a pod on each node, two at least. */
  static async create(cluster: Cluster, prober: MatrixProber, signal: AbortSignal): Promise<Gate> {
    const [first] = cluster.nodes
    const places = cluster.nodes.length > 1 || first === undefined ? cluster.nodes : [first, first]
    await cluster.apply([namespaceObject()])
    const names = places.map((_, at) => `gate-${at + 1}`)
    await cluster.apply(
      places.map((node, at) =>
        serverPod({ namespace: NAMESPACE, name: names[at] ?? '', nodeName: node.name, ports: [PORT] }),
      ),
    )
    const pods = await Promise.all(names.map(async (name) => await readyPod(cluster, NAMESPACE, name, signal)))
    const gate = new Gate(cluster, prober, pods)
    await waitForServers(prober, gate.#targets(), [PORT], { signal })
    return gate
  }

  /**
   * Resolves once every node has caught up with the API.
   * @throws PacketproofError E_TIMEOUT that says which pairs of the gate's pods are still apart.
   */
  async pass(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const before = this.#labels()
    this.#number += 1
    const after = this.#labels()
    const matchLabels = { ...after }
    const change = async (object: Parameters<typeof changeLabels>[1]) =>
      await changeLabels(this.#cluster, object, before, after)
    await Promise.all([
      change(namespaceObject()),
      ...this.#pods.map(async ({ name }) => await change(podObject(name))),
      this.#writePolicy(matchLabels),
    ])
    await waitFor('every node to enforce the latest policies', async () => await this.#isOpen(signal), {
      timeoutMs,
      intervalMs: 1,
      signal,
    })
  }

  async #writePolicy(matchLabels: Record<string, string>): Promise<void> {
    const selector = { matchLabels }
    const from = [{ namespaceSelector: selector, podSelector: selector }]
    await this.#cluster.apply([manifestOf(policy('gate', { ns: NAMESPACE, ingress: [{ from }] }))])
  }

  async #isOpen(signal: AbortSignal): Promise<boolean> {
    const targets = this.#targets()
    const sources = this.#pods.map((host) => ({ name: serverNameOf(NAMESPACE, host.name), host }))
    const { cells } = await this.#prober.run({ sources, targets, ports: [PORT], timeoutMs: TRY_MS, signal })
    const closed = cells.filter(({ isDelivered }) => isDelivered !== true)
    if (closed.length === 0) return true
    throw new Error(closed.map(({ from, to, detail }) => `${from} to ${to}: ${detail}`).join('; '))
  }

  #targets(): readonly MatrixTarget[] {
    return this.#pods.map((host) => {
      const name = serverNameOf(NAMESPACE, host.name)
      return { name, addresses: host.addresses, servers: [{ host, names: [name] }] }
    })
  }

  #labels(): Record<string, string> {
    return this.#number === 0 ? {} : { gate: String(this.#number) }
  }
}

function namespaceObject(): KubernetesObject & { metadata: { name: string } } {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }
}

function podObject(name: string) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: NAMESPACE, name } }
}
