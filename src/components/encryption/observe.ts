import { PacketproofError } from '../../errors.ts'
import type { Ruleset } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { mustRun, type RunTool } from '../run-tool.ts'
import { deviceName, type IpFamily, routeTable, setNames } from './names.ts'
import { readServiceMarks, type ServiceMarks } from './service-marks.ts'
import { parseWgShow, type ShownDevice } from './wg-show.ts'

export interface ShownLink {
  readonly name: string
  /** `wireguard`, `tun`, …; undefined for what has no kind (a network card). */
  readonly kind: string | undefined
  readonly mtu: number
  readonly flags: readonly string[]
  readonly addresses: readonly string[]
}

/** What `ip -j rule` tells of a rule. */
export interface ShownRule {
  readonly priority: number
  readonly fwmark?: string
  readonly fwmask?: string
  readonly src?: string
  readonly table?: string
  /** Further conditions, for instance `iif` or `ipproto`. */
  readonly [condition: string]: unknown
}

interface ShownRoute {
  readonly dst?: string
  readonly dev?: string
}

/** What a node has of one address family. */
export interface FamilyState {
  /** Undefined: there is no such set. */
  readonly members: readonly string[] | undefined
  readonly mangle: Ruleset
  readonly rules: readonly ShownRule[]
  readonly routes: readonly ShownRoute[]
  readonly serviceMarks: ServiceMarks
}

export interface NodeState {
  readonly links: readonly ShownLink[]
  /** Undefined when there is no device, or none that `wg` can speak with. */
  readonly wireguard: ShownDevice | undefined
  readonly families: Readonly<Partial<Record<IpFamily, FamilyState>>>
  /** `net.ipv4.conf.{all,cilium_wg0}.rp_filter`; undefined without the device. */
  readonly reversePathFilter: { readonly all: number; readonly device: number } | undefined
}

/** Looks at a machine without changing anything. @throws PacketproofError E_TOOL_MISSING, E_EXEC_FAILED, E_RULESET. */
export async function observeNode(run: RunTool, families: readonly IpFamily[]): Promise<NodeState> {
  const [links, wireguard, filters, ...states] = await Promise.all([
    readLinks(run),
    readWireguard(run),
    readReversePathFilter(run),
    ...families.map(async (family) => [family, await readFamily(run, family)] as const),
  ])
  return { links, wireguard, families: Object.fromEntries(states), reversePathFilter: filters }
}

export async function readLinks(run: RunTool): Promise<readonly ShownLink[]> {
  const argv = ['ip', '-j', '-d', 'address', 'show']
  const links = parseJson<{
    ifname?: string
    mtu?: number
    flags?: string[]
    linkinfo?: { info_kind?: string }
    addr_info?: { local?: string }[]
  }>(await mustRun(run, argv), argv)
  return links.map((link) => ({
    name: link.ifname ?? '',
    kind: link.linkinfo?.info_kind,
    mtu: link.mtu ?? 0,
    flags: link.flags ?? [],
    addresses: (link.addr_info ?? []).flatMap(({ local }) => (local === undefined ? [] : [local])),
  }))
}

/** @throws PacketproofError E_TOOL_MISSING when there is no `wg`. */
export async function readWireguard(run: RunTool): Promise<ShownDevice | undefined> {
  const result = await run(['wg', 'show', deviceName])
  if (result.exitCode === 0) return parseWgShow(result.stdout)
  if (/no such device|does not exist|unable to access interface|protocol not supported/i.test(result.stderr))
    return undefined
  await mustRun(() => Promise.resolve(result), ['wg', 'show', deviceName])
  return undefined
}

async function readReversePathFilter(run: RunTool): Promise<NodeState['reversePathFilter']> {
  const paths = ['all', deviceName].map((name) => `/proc/sys/net/ipv4/conf/${name}/rp_filter`)
  const result = await run(['cat', ...paths])
  const [all, device] = result.stdout.split('\n').map(Number)
  return result.exitCode === 0 && all !== undefined && device !== undefined ? { all, device } : undefined
}

async function readFamily(run: RunTool, family: IpFamily): Promise<FamilyState> {
  const save = [family === 4 ? 'iptables-save' : 'ip6tables-save', '-t', 'mangle']
  const [members, mangle, rules, routes, serviceMarks] = await Promise.all([
    readMembers(run, family),
    mustRun(run, save),
    mustRun(run, ['ip', `-${family}`, '-j', 'rule', 'show']),
    run(['ip', `-${family}`, '-j', 'route', 'show', 'table', routeTable]),
    readServiceMarks(run, family),
  ])
  return {
    members,
    mangle: parseRuleset(mangle, { source: save.join(' '), allowEmpty: true }),
    rules: parseJson(rules, ['ip', 'rule']),
    // A table that was never used does not exist, and that is an error to ip.
    routes: routes.exitCode === 0 ? parseJson(routes.stdout, ['ip', 'route']) : [],
    serviceMarks,
  }
}

export async function readMembers(run: RunTool, family: IpFamily): Promise<readonly string[] | undefined> {
  const argv = ['ipset', 'save', setNames[family]]
  const result = await run(argv)
  if (/does not exist/.test(result.stderr)) return undefined
  const text = result.exitCode === 0 ? result.stdout : await mustRun(() => Promise.resolve(result), argv)
  return [...text.matchAll(/^add \S+ (\S+)/gm)].map(([, member = '']) => member).toSorted()
}

function parseJson<T>(text: string, argv: readonly string[]): readonly T[] {
  try {
    return JSON.parse(text.trim() || '[]') as T[]
  } catch (cause) {
    throw new PacketproofError('E_EXEC_FAILED', `${argv.join(' ')} did not print JSON: "${text.slice(0, 80)}"`, {
      cause,
    })
  }
}
