import type { KubernetesObject } from '@kubernetes/client-node'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import { isTimeout } from '../../errors.ts'
import type { MatrixProber } from '../../probe/matrix/matrix-prober.ts'
import { serverNameOf, serverPod } from '../../probe/matrix/server-pod.ts'
import type { MatrixPort, MatrixTarget } from '../../probe/matrix/types.ts'
import { waitForServers } from '../../probe/matrix/wait-for-servers.ts'
import { policy } from '../cases/case-parts.ts'
import { readyPod } from './ready-pod.ts'
import { changeLabels, manifestOf } from './write-state.ts'

const NAMESPACE = 'gate'
/** Taken in turn: the latest policy opens the one that the policy before it keeps closed. */
const PORTS: readonly [MatrixPort, MatrixPort] = [
  { protocol: 'tcp', port: 80 },
  { protocol: 'tcp', port: 81 },
]
/** One try; the packets of a gate that is still closed are dropped. */
const TRY_MS = 30
const CLOSE_TIMEOUT_MS = 3000

/**
 * Tells when the nodes have taken in what was written to the API before: on each node a pod lets in just those whose labels, and
 * whose namespace's labels, carry the latest number, and on another port than before. That needs the watches of policies, pods and namespaces to have caught up.
 */
export class Gate {
  readonly #cluster: Cluster
  readonly #prober: MatrixProber
  readonly #pods: readonly Pod[]
  readonly #family: 4 | 6
  #number = 0

  private constructor(cluster: Cluster, prober: MatrixProber, pods: readonly Pod[], family: 4 | 6) {
    this.#family = family
    this.#cluster = cluster
    this.#prober = prober
    this.#pods = pods
  }

  /** Makes the gate's namespace and a pod on each node, two at least. */
  static async create(cluster: Cluster, prober: MatrixProber, family: 4 | 6, signal: AbortSignal): Promise<Gate> {
    const [first] = cluster.nodes
    const places = cluster.nodes.length > 1 || first === undefined ? cluster.nodes : [first, first]
    await cluster.apply([namespaceObject()])
    const names = places.map((_, at) => `gate-${at + 1}`)
    await cluster.apply(
      places.map((node, at) =>
        serverPod({ namespace: NAMESPACE, name: names[at] ?? '', nodeName: node.name, ports: PORTS }),
      ),
    )
    const pods = await Promise.all(names.map(async (name) => await readyPod(cluster, NAMESPACE, name, signal)))
    const gate = new Gate(cluster, prober, pods, family)
    await waitForServers(prober, gate.#targets(), PORTS, { family, signal })
    await gate.#close(signal)
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
    const ports = [{ port: this.#port().port }]
    await this.#cluster.apply([manifestOf(policy('gate', { ns: NAMESPACE, ingress: [{ from, ports }] }))])
  }

  async #isOpen(signal: AbortSignal): Promise<boolean> {
    const targets = this.#targets()
    const sources = this.#pods.map((host) => ({ name: serverNameOf(NAMESPACE, host.name), host }))
    const { cells } = await this.#prober.run({
      sources,
      targets,
      ports: [this.#port()],
      family: this.#family,
      timeoutMs: TRY_MS,
      signal,
    })
    const closed = cells.filter(({ isDelivered }) => isDelivered !== true)
    if (closed.length === 0) return true
    throw new Error(closed.map(({ from, to, detail }) => `${from} to ${to}: ${detail}`).join('; '))
  }

  /**
   * Begins with a closed gate, so that an open one says something. Where it does not close, nobody enforces policies, and what the
   * cases find will say so.
   */
  async #close(signal: AbortSignal): Promise<void> {
    await this.#cluster.apply([manifestOf(policy('gate', { ns: NAMESPACE, ingress: [] }))])
    const isClosed = async (): Promise<boolean> =>
      await this.#isOpen(signal).then(
        () => false,
        () => true,
      )
    await waitFor('the gate to close', isClosed, { timeoutMs: CLOSE_TIMEOUT_MS, signal }).catch((error: unknown) => {
      if (!isTimeout(error)) throw error
    })
  }

  #port(): MatrixPort {
    return PORTS[this.#number % 2 === 0 ? 0 : 1]
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
