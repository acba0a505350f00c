import type { ScenarioRun, TopologyHost } from '../model.ts'

/** Turns a text of a run into one that another run, with other addresses and other names of nodes, says in the same words. */
export type Normalise = (text: string) => string

/**
 * How the hosts of two runs are called alike: by their names where both have them, else by their kind and number; their addresses
 * and the networks are called after them.
 */
export function labelHosts(first: ScenarioRun, second: ScenarioRun): readonly [Normalise, Normalise] {
  const shared = new Set(
    first.topology.hosts
      .filter((host) => second.topology.hosts.some((other) => other.name === host.name && other.kind === host.kind))
      .map(({ name }) => name),
  )
  return [normaliserOf(first, shared), normaliserOf(second, shared)]
}

function normaliserOf({ topology }: ScenarioRun, shared: ReadonlySet<string>): Normalise {
  const labels = new Map<string, string>()
  const counts = new Map<TopologyHost['kind'], number>()
  for (const { name, kind } of topology.hosts) {
    const number = (counts.get(kind) ?? 0) + 1
    if (!shared.has(name)) counts.set(kind, number)
    labels.set(name, shared.has(name) ? name : `${kind}-${number}`)
  }
  const words = new Map(labels)
  for (const { name, addresses } of topology.hosts) {
    for (const address of addresses) words.set(address, `<${labels.get(name)}>`)
  }
  for (const { kind, cidr, host } of topology.subnets) {
    words.set(cidr, host === undefined ? `<${kind}>` : `<${kind}-of-${labels.get(host) ?? host}>`)
  }
  return (text) =>
    text
      .replace(/[\w.:-]*[\w](?:\/\d{1,3})?/g, (word) => words.get(word) ?? withLabel(word, words))
      // Names that are made of other names: interfaces of pods, and hashes of rules.
      .replace(/\bcali[0-9a-f]{11}\b/g, 'cali…')
      .replace(/\bcali:[\w-]{16}/g, 'cali:…')
}

/** `10.0.0.1/32` and `10.0.0.1:80` hold an address. */
function withLabel(word: string, words: ReadonlyMap<string, string>): string {
  const [, address = '', rest = ''] = /^(.*?)(\/32|\/128|:\d{1,5})$/.exec(word) ?? []
  const label = words.get(address)
  return label === undefined ? word : `${label}${rest.startsWith(':') ? rest : ''}`
}
