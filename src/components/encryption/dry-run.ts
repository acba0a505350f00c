import { readFile } from 'node:fs/promises'
import { quote } from '../../../helpers/quote.ts'
import { invalidInput, messageOf } from '../../errors.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import type { RunTool } from '../run-tool.ts'
import { type NodeObject, type PodObject, readClusterFacts } from './cluster-facts.ts'
import { type DesireOptions, desiredNode, familiesFor } from './desired-node.ts'
import { deviceName } from './names.ts'
import { type NodeState, observeNode } from './observe.ts'
import { type Command, planNode } from './plan-node.ts'

export interface ClusterObjects {
  readonly nodes: readonly NodeObject[]
  readonly pods: readonly PodObject[]
}

/** What the agent would do on this machine. */
export async function dryRunOnMachine(objects: ClusterObjects, options: DesireOptions, run: RunTool): Promise<DryRun> {
  const facts = readClusterFacts(objects.nodes, objects.pods)
  const state = await observeNode(run, familiesFor(facts.nodes, options.nodeName))
  return print(objects, options, state)
}

/** What the agent would do on a machine that has nothing yet, and 1500 bytes on its uplink. */
export function dryRunOnEmptyMachine(objects: ClusterObjects, options: DesireOptions): DryRun {
  const facts = readClusterFacts(objects.nodes, objects.pods)
  const self = facts.nodes.find(({ name }) => name === options.nodeName)
  if (options.nodeName === undefined) {
    throw invalidInput('--dry-run with --file needs to know for which node: --node NAME', {
      hint: `nodes: ${facts.nodes.map(({ name }) => name).join(', ') || 'none'}`,
    })
  }
  const uplink = { name: options.interface ?? 'eth0', kind: undefined, mtu: 1500, flags: ['UP'] }
  const mangle = parseRuleset('*mangle\nCOMMIT\n', { source: 'an empty machine', allowEmpty: true })
  const serviceMarks = { hasNft: true, listing: undefined }
  const empty = { members: undefined, mangle, rules: [], routes: [], serviceMarks }
  return print(objects, options, {
    links: [{ ...uplink, addresses: self?.addresses ?? [] }],
    wireguard: undefined,
    families: { 4: empty, 6: empty },
    reversePathFilter: undefined,
  })
}

export interface DryRun {
  readonly stdout: string
  readonly warnings: readonly string[]
}

function print(objects: ClusterObjects, options: DesireOptions, state: NodeState): DryRun {
  const facts = readClusterFacts(objects.nodes, objects.pods)
  const { self, node, problems } = desiredNode(facts, state.links, undefined, options)
  const { rules, device } = planNode(state, node)
  const hasDevice = state.links.some(({ name }) => name === deviceName)
  const make: Command = {
    argv: ['ip', 'link', 'add', 'dev', deviceName, 'type', 'wireguard'],
    why: `make the device; where the kernel has no WireGuard: wireguard-go ${deviceName}`,
  }
  const commands = [...rules, ...(hasDevice ? [] : [make]), ...device]
  const unknown = facts.nodes.filter(({ name, publicKey }) => name !== self.name && publicKey === undefined)
  const head = [
    `# ${self.name}, by way of ${node.uplink.name}`,
    ...unknown.map(
      ({ name }) =>
        `# ${name} has published no key: what goes to its pods is ${options.strict ? 'dropped' : 'not encrypted'}`,
    ),
    ...(commands.length === 0 ? ['# everything is as it should be'] : []),
  ]
  return { stdout: `${[...head, ...commands.map(printCommand)].join('\n')}\n`, warnings: problems }
}

function printCommand({ argv, stdin, why, takesPrivateKey }: Command): string {
  const line = argv.map(quote).join(' ')
  if (takesPrivateKey) return `# ${why}\n${line}  # reads the key from a pipe`
  return stdin === undefined ? `# ${why}\n${line}` : `# ${why}\n${line} <<'END'\n${stdin.trimEnd()}\nEND`
}

/**
 * Nodes and Pods from a file: Lists, several documents, or single objects; YAML or JSON.
 * @throws PacketproofError E_INVALID_INPUT that names the file and the place in it.
 */
export async function readClusterObjects(path: string): Promise<ClusterObjects> {
  let text: string
  try {
    text = await readFile(path === '-' ? '/dev/stdin' : path, 'utf8')
  } catch (cause) {
    throw invalidInput(`--file ${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
  const { parseAllDocuments } = await import('yaml')
  const documents = [...parseAllDocuments(text)]
  const broken = documents.find(({ errors }) => errors.length > 0)?.errors[0]
  if (broken !== undefined) throw invalidInput(`${path}: ${broken.message.split('\n')[0] ?? ''}`, { cause: broken })
  const objects = documents.flatMap((document) => objectsIn(document.toJS(), path))
  const of = (kind: string): object[] => objects.filter((object) => object.kind === kind)
  const nodes = of('Node') as NodeObject[]
  if (nodes.length === 0) throw invalidInput(`${path} holds no Node`, { hint: 'kubectl get nodes,pods -A -o yaml' })
  return { nodes, pods: of('Pod') }
}

function objectsIn(value: unknown, path: string): { readonly kind: string }[] {
  if (value === null || value === undefined) return []
  const { kind, items } = (typeof value === 'object' ? value : {}) as { kind?: unknown; items?: unknown }
  if (Array.isArray(items)) {
    const ofList = typeof kind === 'string' ? kind.replace(/List$/, '') : ''
    return items.flatMap((item: unknown) =>
      objectsIn(
        typeof item === 'object' && item !== null && !('kind' in item) ? { ...item, kind: ofList } : item,
        path,
      ),
    )
  }
  if (kind === 'Node' || kind === 'Pod') return [value as { kind: string }]
  throw invalidInput(
    `${path}: expected Nodes and Pods, found ${JSON.stringify(kind ?? value)?.slice(0, 80) ?? 'nothing'}`,
  )
}
