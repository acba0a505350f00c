import type { Node, Pod, StepContext } from '../../src/index.ts'

/** The variant that a cluster shows: A until Cilium 1.13 (a mark, a rule and table 201), B from 1.14 on (BPF, fwmark 0x1e00). */
export type Variant = 'A' | 'B'

/** What the steps share. */
export class EncryptionWorld {
  /** On the left node. */
  client: Pod | undefined
  /** On the left node, too. */
  neighbour: Pod | undefined
  /** On the right node; answers HTTP on 8080 and UDP on 8081. */
  server: Pod | undefined
  /** On the third node. */
  other: Pod | undefined
  variant: Variant = 'A'
  /** The encryption is this project's; or else the cluster had its own, which is looked at as it is. */
  isBuiltin = true
  /** The interface of the left node that leads to the others. */
  uplink = 'eth0'
  /** Whether the capture point on the left node's uplink has been seen to show plain traffic of these pods. */
  sawPlain = false
}

export interface Actors {
  readonly left: Node
  readonly right: Node
  readonly third: Node
  readonly client: Pod
  readonly neighbour: Pod
  readonly server: Pod
  readonly other: Pod
  readonly uplink: string
}

export const TUNNEL = 'cilium_wg0'
export const PORT = 51_871
export const HTTP_PORT = 8080
export const UDP_PORT = 8081

/** The addresses that the faults name, where the cluster lets pods choose. */
export const fixedAddresses = {
  client: '10.0.1.11',
  neighbour: '10.0.1.12',
  server: '10.0.2.11',
  other: '10.0.0.11',
} as const

/** Two workers and one more node. */
export function nodesOf({ nodes }: StepContext['cluster']): Pick<Actors, 'left' | 'right' | 'third'> {
  const isControlPlane = ({ name }: Node): boolean => name.includes('control-plane')
  const [left, right, third] = [...nodes.filter((node) => !isControlPlane(node)), ...nodes.filter(isControlPlane)]
  if (left === undefined || right === undefined || third === undefined)
    throw new Error('the scenario needs three nodes')
  return { left, right, third }
}

export function actorsOf(context: StepContext, world: EncryptionWorld): Actors {
  const { client, neighbour, server, other } = world
  if (client === undefined || neighbour === undefined || server === undefined || other === undefined) {
    throw new Error('the pods were not made')
  }
  return { ...nodesOf(context.cluster), client, neighbour, server, other, uplink: world.uplink }
}

/** The first address of a family. */
export function addressOf(
  host: { readonly name: string; readonly addresses: readonly string[] },
  family: 4 | 6 = 4,
): string {
  const found = host.addresses.find((address) => address.includes(':') === (family === 6))
  if (found === undefined) throw new Error(`${host.name} has no IPv${family} address`)
  return found
}
