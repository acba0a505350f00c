import { type Expectation, evaluate } from './evaluate.ts'
import { keyOf, nameOf, namespaceOf, type PolicyObjects, type PolicyPort } from './objects.ts'
import type { ProbeEnd } from './party.ts'

export interface TruthCell {
  /** A pod as `NAMESPACE/NAME`, else the name of a node or machine. */
  readonly from: string
  /** A pod as `NAMESPACE/NAME`. */
  readonly to: string
  readonly port: PolicyPort
  readonly expectation: Expectation
}

export interface TruthTable {
  /** Pods, then nodes, then machines, in the order of the objects. */
  readonly sources: readonly string[]
  readonly targets: readonly string[]
  readonly ports: readonly PolicyPort[]
  /** In the order of sources, targets, ports. */
  readonly cells: readonly TruthCell[]
}

/** What is expected of every pod, node and machine to every pod on every port. */
export function truthTable(objects: PolicyObjects, ports: readonly PolicyPort[], family: 4 | 6 = 4): TruthTable {
  const sources = sourcesOf(objects)
  const cells = sources.flatMap((source) =>
    objects.pods.flatMap((pod) =>
      ports.map((port) => ({
        from: source.name,
        to: keyOf(pod),
        port,
        expectation: evaluate(objects, { from: source.end, to: endOfPod(pod), port, family }),
      })),
    ),
  )
  return { sources: sources.map(({ name }) => name), targets: objects.pods.map(keyOf), ports, cells }
}

function sourcesOf({ pods, nodes = [], machines = [] }: PolicyObjects): readonly { name: string; end: ProbeEnd }[] {
  return [
    ...pods.map((pod) => ({ name: keyOf(pod), end: endOfPod(pod) })),
    ...nodes.map((node) => ({ name: nameOf(node), end: { kind: 'node' as const, name: nameOf(node) } })),
    ...machines.map(({ name }) => ({ name, end: { kind: 'machine' as const, name } })),
  ]
}

function endOfPod(pod: PolicyObjects['pods'][number]): ProbeEnd {
  return { kind: 'pod', namespace: namespaceOf(pod), name: nameOf(pod) }
}
