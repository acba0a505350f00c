import type { V1Namespace, V1Pod } from '@kubernetes/client-node'
import type { PolicyObjects, PolicyPort, PolicyProtocol } from '../oracle/objects.ts'
import { type ExpectedRow, type Labels, NAMESPACES, PODS, type PolicyState } from './conformance-case.ts'

/** The ports that every pod serves. */
export const PORTS: readonly PolicyPort[] = [
  { protocol: 'tcp', port: 80 },
  { protocol: 'tcp', port: 81 },
  { protocol: 'udp', port: 80 },
  { protocol: 'udp', port: 81 },
]

export function namespaceLabels(namespace: string, state: PolicyState): Labels {
  return { ns: namespace, ...state.namespaceLabels?.[namespace] }
}

export function podLabels(pod: string, state: PolicyState): Labels {
  return { pod: pod.split('/')[1] ?? '', ...state.podLabels?.[pod] }
}

/** Where the pods are and what else is there: of a running cluster, or made up. */
export interface PolicyWorld extends Pick<PolicyObjects, 'nodes'> {
  readonly addressesOf: (pod: string) => readonly string[]
  readonly nodeOf?: (pod: string) => string
}

/** A state as objects for the oracle. */
export function objectsOf(state: PolicyState, world: PolicyWorld): PolicyObjects {
  return {
    namespaces: NAMESPACES.map(
      (name): V1Namespace => ({
        metadata: { name, labels: { ...namespaceLabels(name, state) } },
      }),
    ),
    pods: PODS.map((pod) => podOf(pod, state, world)),
    policies: state.policies,
    nodes: world.nodes ?? [],
  }
}

function podOf(pod: string, state: PolicyState, { addressesOf, nodeOf }: PolicyWorld): V1Pod {
  const [namespace = '', name = ''] = pod.split('/')
  const protocols: readonly PolicyProtocol[] = ['tcp', 'udp', 'sctp']
  const ports = protocols.flatMap((protocol) =>
    [80, 81].map((port) => ({
      name: `serve-${port}-${protocol}`,
      containerPort: port,
      protocol: protocol.toUpperCase(),
    })),
  )
  const nodeName = nodeOf?.(pod)
  return {
    metadata: { namespace, name, labels: { ...podLabels(pod, state) } },
    spec: { ...(nodeName !== undefined && { nodeName }), containers: [{ name: 'server', ports }] },
    status: { phase: 'Running', podIPs: addressesOf(pod).map((ip) => ({ ip })) },
  }
}

/** What the rows of a case say of a pair of pods. */
export function permissionByRows(rows: readonly ExpectedRow[], from: string, to: string): 'allowed' | 'blocked' {
  const last = rows.findLast(([, rowFrom, rowTo]) => fits(rowFrom, from) && fits(rowTo, to))
  return last?.[0] === 'block' ? 'blocked' : 'allowed'
}

function fits(pattern: string, pod: string): boolean {
  return pattern === '*' || pattern === pod || pod.startsWith(`${pattern}/`)
}
