import { type ExecResult, ensureSuccess, type Host, parseWgShow, type ShownDevice } from '../../src/index.ts'
import { TUNNEL } from './world.ts'

export interface LinkFacts {
  readonly kind: string | undefined
  readonly type: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly addresses: readonly string[]
}

/** `wg` on a node. A tunnel of wireguard-go is reached by a socket in the node's own /run, which a pod on the node does not have. */
export async function runWg(node: Host, ...words: readonly string[]): Promise<ExecResult> {
  const result = await node.exec(['wg', ...words])
  return result.exitCode === 0 ? result : await node.exec(['nsenter', '--target', '1', '--mount', 'wg', ...words])
}

/** What `wg show` prints; undefined where there is no device. */
export async function readDevice(node: Host): Promise<ShownDevice | undefined> {
  const result = await runWg(node, 'show', TUNNEL)
  return result.exitCode === 0 ? parseWgShow(result.stdout) : undefined
}

export async function readLink(node: Host, name: string): Promise<LinkFacts> {
  const { stdout } = await ensureSuccess(node, ['ip', '-j', '-d', 'address', 'show', 'dev', name])
  const [link] = JSON.parse(stdout) as {
    linkinfo?: { info_kind?: string }
    link_type?: string
    flags?: string[]
    mtu?: number
    addr_info?: { local?: string }[]
  }[]
  return {
    kind: link?.linkinfo?.info_kind,
    type: link?.link_type ?? '',
    flags: link?.flags ?? [],
    mtu: link?.mtu ?? 0,
    addresses: (link?.addr_info ?? []).flatMap(({ local }) => local ?? []),
  }
}

/** The lines of `ip rule`, `ip route` and their like; none where the table does not exist. */
export async function readLines(node: Host, ...argv: readonly string[]): Promise<string[]> {
  return linesOf(await node.exec(argv))
}

export function linesOf({ stdout }: ExecResult): string[] {
  return stdout
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter(Boolean)
}

/** The interface that has an address. */
export async function findUplink(node: Host, address: string): Promise<string> {
  const lines = await readLines(node, 'ip', '-o', 'address', 'show')
  const line = lines.find((candidate) => candidate.includes(` ${address}/`))
  const name = line?.split(' ')[1]
  if (name === undefined) throw new Error(`no interface of ${node.name} has the address ${address}`)
  return name
}
