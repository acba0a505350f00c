import { PacketproofError } from '../../errors.ts'
import { mustRun, type RunTool } from '../run-tool.ts'
import type { ClusterNode } from './cluster-node.ts'
import type { IpFamily } from './guard-rule.ts'
import { canonicalMember } from './ip-set.ts'

/** An interface with its addresses of one family, without prefix lengths. */
export interface AddressedInterface {
  readonly name: string
  readonly addresses: readonly string[]
}

/** Where the machine is in the cluster, and how it reaches the other nodes. */
export interface Uplink {
  readonly node: ClusterNode
  readonly inInterface: string
}

export interface UplinkChoice {
  /** Name of this machine's Node object. Default: the one whose address the machine has. */
  readonly nodeName?: string
  /** Default: found. */
  readonly inInterface?: string
}

/**
 * Which node the machine is, and the interface that carries the nodes' subnet: the one that has the node's InternalIP, or
 * else the one by which the kernel reaches the other nodes.
 * @throws PacketproofError E_INVALID_INPUT when the machine is no node of the list (the guard would shut it out of the
 * others), or no such interface is found or exists.
 */
export async function findUplink(
  run: RunTool,
  family: IpFamily,
  nodes: readonly ClusterNode[],
  choice: UplinkChoice,
): Promise<Uplink> {
  const interfaces = parseAddresses(await mustRun(run, ['ip', '-j', 'address', 'show']), family)
  const node = ownNode(nodes, interfaces, choice.nodeName)
  const { inInterface } = choice
  if (inInterface !== undefined) {
    if (interfaces.some(({ name }) => name === inInterface)) return { node, inInterface }
    throw refuse(
      `there is no interface ${inInterface}: this machine has ${interfaces.map(({ name }) => name).join(', ')}`,
    )
  }
  const found = carrierOf(node, interfaces) ?? (await routedBy(run, node, nodes))
  if (found !== undefined) return { node, inInterface: found }
  throw refuse(
    `no interface has the address of node ${node.name} (${node.addresses.join(', ')}), and no route leads to another node`,
    'say which interface carries the subnet of the nodes: --interface NAME',
  )
}

/** What `ip -j address show` tells. @throws PacketproofError E_EXEC_FAILED when it is not JSON. */
export function parseAddresses(json: string, family: IpFamily): readonly AddressedInterface[] {
  const inet = family === 4 ? 'inet' : 'inet6'
  return parseJson<{ ifname?: string; addr_info?: { family?: string; local?: string }[] }>(
    json,
    'ip -j address show',
  ).flatMap(({ ifname, addr_info: infos = [] }) =>
    ifname === undefined
      ? []
      : [
          {
            name: ifname,
            addresses: infos.flatMap((info) => (info.family === inet && info.local ? [info.local] : [])),
          },
        ],
  )
}

function ownNode(
  nodes: readonly ClusterNode[],
  interfaces: readonly AddressedInterface[],
  nodeName: string | undefined,
): ClusterNode {
  const names = nodes.map(({ name }) => name).join(', ')
  const node = nodes.find((candidate) =>
    nodeName === undefined ? carrierOf(candidate, interfaces) !== undefined : candidate.name === nodeName,
  )
  if (node !== undefined) return node
  const local = interfaces
    .filter(({ name }) => name !== 'lo')
    .flatMap(({ addresses }) => addresses)
    .join(', ')
  throw refuse(
    nodeName === undefined
      ? `none of this machine's addresses (${local || 'it has none'}) is that of a node (${names}): the guard is for nodes`
      : `this node, ${nodeName}, is not among the cluster's nodes (${names}): the others would shut it out`,
  )
}

/** kube-proxy's dummy for Services and the loopback may have a node's address too; packets enter by neither. */
function carrierOf({ addresses }: ClusterNode, interfaces: readonly AddressedInterface[]): string | undefined {
  const own = new Set(addresses.map(canonicalMember))
  return interfaces.find(
    ({ name, addresses: there }) =>
      name !== 'lo' && name !== 'kube-ipvs0' && there.some((address) => own.has(canonicalMember(address))),
  )?.name
}

async function routedBy(run: RunTool, node: ClusterNode, nodes: readonly ClusterNode[]): Promise<string | undefined> {
  for (const { addresses } of nodes.filter(({ name }) => name !== node.name)) {
    const result = await run(['ip', '-j', 'route', 'get', addresses[0] ?? ''])
    if (result.exitCode !== 0) continue
    const [route] = parseJson<{ dev?: string }>(result.stdout, 'ip -j route get')
    if (route?.dev !== undefined && route.dev !== 'lo') return route.dev
  }
  return undefined
}

function parseJson<T>(text: string, command: string): readonly T[] {
  try {
    return JSON.parse(text || '[]') as T[]
  } catch (cause) {
    throw new PacketproofError('E_EXEC_FAILED', `${command} did not print JSON: "${text.slice(0, 80)}"`, { cause })
  }
}

function refuse(message: string, hint?: string): PacketproofError {
  return new PacketproofError('E_INVALID_INPUT', message, hint === undefined ? {} : { hint })
}
