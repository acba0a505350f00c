import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process by its number and its start: a number alone may be given to another. */
export interface ProcessIdentity {
  readonly pid: number
  readonly parent: number
  readonly start: string
  readonly network: string
}

export function descendantsOf(pid: number): ProcessIdentity[] {
  const all = listProcesses()
  const found = all.filter((one) => one.pid === pid)
  for (const one of found) found.push(...all.filter((candidate) => candidate.parent === one.pid))
  return found.slice(1)
}

/** Which of them still run, and whatever else runs in their network namespaces. */
export function remainsOf(processes: readonly ProcessIdentity[]): ProcessIdentity[] {
  const own = readlinkSync('/proc/self/ns/net')
  const keys = new Set(processes.map(({ pid, start }) => `${pid} ${start}`))
  const networks = new Set(processes.map(({ network }) => network).filter((network) => network !== own))
  return listProcesses().filter(({ pid, start, network }) => keys.has(`${pid} ${start}`) || networks.has(network))
}

function listProcesses(): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const network = readlinkSync(`/proc/${name}/ns/net`)
        return [{ pid: Number(name), parent: Number(fields[1]), start: fields[19] ?? '', network }]
      } catch {
        return []
      }
    })
}
