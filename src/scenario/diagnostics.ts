import type { Cluster } from '../cluster/cluster.ts'
import type { Host } from '../cluster/host.ts'
import { messageOf } from '../errors.ts'
import type { EvidenceStore } from '../evidence/evidence-store.ts'
import type { FileReference } from '../report/model.ts'

const commands: readonly (readonly string[])[] = [
  ['ip', '-s', 'link'],
  ['ip', 'address'],
  ['ip', 'rule'],
  ['ip', 'route', 'show', 'table', 'all'],
  ['ip', 'neigh'],
  ['conntrack', '-L', '-o', 'extended'],
  ['iptables-save', '-c'],
  ['ip6tables-save', '-c'],
  ['ipset', 'list'],
  ['nft', 'list', 'ruleset'],
  ['wg', 'show', 'all'],
]

/** What one wants to see when a scenario did not end as expected, per host, and the state of the pods. Best effort: an error is written down. */
export async function collectDiagnostics(cluster: Cluster, store: EvidenceStore): Promise<FileReference[]> {
  const hosts = await Promise.all(
    [...cluster.nodes, ...cluster.machines].map(async (host) => ({
      title: `network state of ${host.name}`,
      ...store.writeFile(`diagnostics-${host.name}.txt`, await describeHost(host)),
    })),
  )
  const objects = store.writeFile('diagnostics-objects.json', await describeObjects(cluster))
  return [...hosts, { title: 'pods, their events and their logs', ...objects }]
}

/** The interfaces, addresses, routes, rules, sets and connections of a host, each under its command. */
export async function describeHost(host: Host): Promise<string> {
  const sections = await Promise.all(
    commands.map(async (argv) => {
      const shown = await host.exec(argv, { timeoutMs: 5000 }).then((r) => r.stdout + r.stderr, messageOf)
      return `$ ${argv.join(' ')}\n${shown}`
    }),
  )
  return sections.join('\n')
}

/** Pods, their events and their logs, as JSON. */
export async function describeObjects(cluster: Cluster): Promise<string> {
  try {
    const [pods, events] = await Promise.all([
      cluster.api.core.listPodForAllNamespaces(),
      cluster.api.core.listEventForAllNamespaces(),
    ])
    const logs = await Promise.all(
      pods.items.map(async (pod) => {
        const { namespace = '', name = '' } = pod.metadata ?? {}
        return [`${namespace}/${name}`, await cluster.logs(namespace, name).catch(messageOf)] as const
      }),
    )
    return JSON.stringify({ pods: pods.items, events: events.items, logs: Object.fromEntries(logs) }, null, 2)
  } catch (error) {
    return JSON.stringify({ error: messageOf(error) }, null, 2)
  }
}
