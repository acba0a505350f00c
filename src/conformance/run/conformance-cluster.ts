import type { V1Node } from '@kubernetes/client-node'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import { isTimeout, messageOf } from '../../errors.ts'
import type { PolicyPort } from '../../oracle/objects.ts'
import { truthTable } from '../../oracle/truth-table.ts'
import { MatrixProber } from '../../probe/matrix/matrix-prober.ts'
import { serverNameOf, serverPod } from '../../probe/matrix/server-pod.ts'
import type { CellOutcome, MatrixSource, MatrixTarget } from '../../probe/matrix/types.ts'
import { waitForServers } from '../../probe/matrix/wait-for-servers.ts'
import { dropCounterOf } from '../../ruleset/read-drop-counters.ts'
import { type ExpectedRow, NAMESPACES, PODS, type PolicyState } from '../conformance-case.ts'
import { namespaceLabels, objectsOf, PORTS, type PolicyWorld, podLabels } from '../policy-model.ts'
import type { StateResult, WrongCell } from './case-result.ts'
import { Gate } from './gate.ts'
import { judgeState, replaceCells } from './judge-state.ts'
import { readyPod } from './ready-pod.ts'
import { writeState } from './write-state.ts'

const START: PolicyState = { policies: [] }
const GATE_TIMEOUT_MS = 5000
const SECOND_LOOKS = 3

export interface ConformanceOptions {
  readonly family: 4 | 6
  readonly signal: AbortSignal
}

export interface JudgeOptions {
  /** What a case says by hand, by port. */
  readonly expected?: Readonly<Record<string, readonly ExpectedRow[]>>
  /** Ports beside those that all pods serve. */
  readonly morePorts?: readonly PolicyPort[]
  /** How often what is not as it has to be is looked at again. */
  readonly secondLooks?: number
}

/** The pods of the cases on a cluster, and one state of policies and labels after the other on them. */
export class ConformanceCluster implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #options: ConformanceOptions
  readonly #prober: MatrixProber
  readonly #pods: ReadonlyMap<string, Pod>
  readonly #gate: Gate
  #state = START

  private constructor(
    cluster: Cluster,
    options: ConformanceOptions,
    prober: MatrixProber,
    pods: ReadonlyMap<string, Pod>,
    gate: Gate,
  ) {
    this.#cluster = cluster
    this.#options = options
    this.#prober = prober
    this.#pods = pods
    this.#gate = gate
  }

  /** Makes the namespaces and pods. The component under test has to be there already. */
  static async create(cluster: Cluster, options: ConformanceOptions): Promise<ConformanceCluster> {
    const { signal } = options
    const prober = new MatrixProber()
    try {
      await cluster.apply(NAMESPACES.map((name) => namespaceObject(name)))
      await cluster.apply(PODS.map((pod, at) => podObject(pod, nodeAt(cluster, at))))
      const gate = Gate.create(cluster, prober, options.family, signal)
      const ready = await Promise.all(
        PODS.map(async (pod) => {
          const [namespace = '', name = ''] = pod.split('/')
          return [pod, await readyPod(cluster, namespace, name, signal)] as const
        }),
      )
      const created = new ConformanceCluster(cluster, options, prober, new Map(ready), await gate)
      await waitForServers(prober, created.#targets(), PORTS, { family: options.family, signal })
      return created
    } catch (error) {
      await prober[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The address of a pod (`x/a`) in the family of the run. */
  readonly addressOf = (pod: string): string => {
    const addresses = this.#pods.get(pod)?.addresses ?? []
    return addresses.find((address) => address.includes(':') === (this.#options.family === 6)) ?? ''
  }

  /** Puts a state in force, waits until every node has caught up, and probes every pair and port. */
  async judge(
    state: PolicyState,
    { expected = {}, morePorts = [], secondLooks = SECOND_LOOKS }: JudgeOptions = {},
  ): Promise<StateResult> {
    const { family } = this.#options
    const startedAt = performance.now()
    await writeState(this.#cluster, this.#state, state)
    this.#state = state
    const writtenAt = performance.now()
    const problem = await this.#passGate()
    const enforcedMs = Math.round(performance.now() - writtenAt)
    await this.#forgetConnections()
    const ports = [...PORTS, ...morePorts]
    const { cells: truth } = truthTable(objectsOf(state, this.#world()), ports, family)
    let seen = await this.#probe(ports)
    let judged = judgeState(truth, seen, expected)
    const wrongAtFirst = judged.wrong
    for (let look = 0; judged.wrong.length > 0 && look < secondLooks; look++) {
      seen = replaceCells(seen, await this.#probe(ports, judged.wrong))
      judged = judgeState(truth, seen, expected)
    }
    return {
      ...judged,
      late: judged.wrong.length === 0 ? wrongAtFirst : [],
      enforcedMs,
      durationMs: Math.round(performance.now() - startedAt),
      ...(problem !== undefined && { problem }),
    }
  }

  /** A component that does not catch up is judged by what it lets through. */
  async #passGate(): Promise<string | undefined> {
    try {
      await this.#gate.pass(GATE_TIMEOUT_MS, this.#options.signal)
      return undefined
    } catch (error) {
      if (isTimeout(error)) return messageOf(error)
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#prober[Symbol.asyncDispose]()
  }

  /** What was tracked under earlier policies must not decide under these. */
  async #forgetConnections(): Promise<void> {
    const { family, signal } = this.#options
    const cidrs = this.#cluster.profile.podCidrs.filter((cidr) => cidr.includes(':') === (family === 6))
    const isPlanned = this.#cluster.capabilities['profile-addresses'] === 'present'
    const sources = isPlanned ? cidrs : PODS.map(this.addressOf)
    await Promise.all(
      this.#cluster.nodes.map(async (node) => await this.#prober.forgetConnections(node, sources, signal)),
    )
  }

  async #probe(ports: readonly PolicyPort[], pairs?: readonly WrongCell[]): Promise<readonly CellOutcome[]> {
    const { family, signal } = this.#options
    const { cells } = await this.#prober.run({
      sources: this.#sources(),
      targets: this.#targets(),
      ports,
      family,
      countDrops: dropCounterOf(this.#cluster.nodes, family, signal),
      signal,
      includes: (source, target) =>
        source.name !== target.name &&
        (pairs === undefined || pairs.some(({ from, to }) => from === source.name && to === target.name)),
    })
    return cells
  }

  #sources(): readonly MatrixSource[] {
    const nodes = this.#cluster.nodes.map((host) => ({ name: host.name, host }))
    return [...[...this.#pods].map(([name, host]) => ({ name, host })), ...nodes]
  }

  #targets(): readonly MatrixTarget[] {
    return [...this.#pods].map(([name, host]) => ({
      name,
      addresses: host.addresses,
      servers: [{ host, names: [serverNameOf(host.namespace, host.name)] }],
    }))
  }

  #world(): PolicyWorld {
    return {
      addressesOf: (pod) => this.#pods.get(pod)?.addresses ?? [],
      nodeOf: (pod) => this.#pods.get(pod)?.node.name ?? '',
      nodes: this.#cluster.nodes.map(
        ({ name, addresses }): V1Node => ({
          metadata: { name },
          status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
        }),
      ),
    }
  }
}

/** The pods of a namespace are on different nodes, and so are those of the same name. */
function nodeAt({ nodes }: Cluster, index: number): string | undefined {
  return nodes[(index + Math.floor(index / 3)) % nodes.length]?.name
}

function namespaceObject(name: string) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...namespaceLabels(name, START) } } }
}

function podObject(pod: string, nodeName: string | undefined) {
  const [namespace = '', name = ''] = pod.split('/')
  return serverPod({
    namespace,
    name,
    ports: PORTS,
    labels: podLabels(pod, START),
    ...(nodeName !== undefined && { nodeName }),
  })
}
