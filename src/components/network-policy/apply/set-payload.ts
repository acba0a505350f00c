import type { IpSet } from '../plan/ip-sets.ts'

/** Sets of the kernel with their members. */
export type KernelSets = ReadonlyMap<string, ReadonlySet<string>>

/** Reads what `ipset save` prints, of the sets that Felix makes. */
export function parseKernelSets(saved: string): KernelSets {
  const sets = new Map<string, Set<string>>()
  for (const line of saved.split('\n')) {
    const [verb, name = '', member = ''] = line.split(' ')
    if (!isOwnSet(name)) continue
    if (verb === 'create') sets.set(name, new Set())
    else if (verb === 'add') sets.get(name)?.add(member)
  }
  return sets
}

const largestSet = 1_048_576

/**
 * What makes the sets those that are wanted, for ipset restore. A set of which more than one member changes is filled beside it and
 * put in its place, so that a packet meets the old one or the new one.
 */
export function setPayload(wanted: readonly IpSet[], present: KernelSets): string {
  return wanted.map((set, index) => changeSet(set, present.get(set.name), `cali${set.family}t${index}`)).join('')
}

function changeSet(
  { name, type, family, members }: IpSet,
  present: ReadonlySet<string> | undefined,
  spare: string,
): string {
  const create = (as: string): string =>
    `create ${as} ${type} family ${family === 4 ? 'inet' : 'inet6'} maxelem ${largestSet} -exist\n`
  const fill = (as: string): string => [...members].map((member) => `add ${as} ${member}\n`).join('')
  if (present === undefined) return create(name) + fill(name)
  const added = [...members].filter((member) => !present.has(member))
  const removed = [...present].filter((member) => !members.has(member))
  if (added.length + removed.length === 0) return ''
  if (added.length + removed.length === 1) {
    return [
      ...added.map((member) => `add ${name} ${member} -exist\n`),
      ...removed.map((member) => `del ${name} ${member} -exist\n`),
    ].join('')
  }
  return `${create(spare)}flush ${spare}\n${fill(spare)}swap ${name} ${spare}\ndestroy ${spare}\n`
}

/** Once no rule refers to them. */
export function staleSets(wanted: readonly IpSet[], present: KernelSets): string[] {
  const names = new Set(wanted.map(({ name }) => name))
  return [...present.keys()].filter((name) => !names.has(name))
}

/** `cali40s:…`, `cali60n:…`, and the spare ones `cali4t0`. */
function isOwnSet(name: string): boolean {
  return /^cali[46](?:0[sn]:|t\d)/.test(name)
}
