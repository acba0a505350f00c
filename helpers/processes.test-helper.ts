import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

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

/**
 * Processes and their network namespaces, remembered so that whatever is left of them can be told. The namespaces are held open
 * meanwhile: the kernel gives the number of one that is gone to the next that anybody makes.
 */
export class ProcessWatch implements Disposable {
  readonly #processes = new Set<string>()
  readonly #networks = new Map<string, number>()

  /** Adds the processes that descend from one, not the one itself. */
  addDescendantsOf(pid: number): this {
    for (const one of descendantsOf(pid)) {
      this.#processes.add(keyOf(one))
      if (one.network !== ownNetwork && !this.#networks.has(one.network)) this.#hold(one.pid)
    }
    return this
  }

  /** Which of them still run, and whatever else runs in their network namespaces. */
  remains(): ProcessIdentity[] {
    return listProcesses().filter((one) => this.#processes.has(keyOf(one)) || this.#networks.has(one.network))
  }

  #hold(pid: number): void {
    try {
      const fd = openSync(`/proc/${pid}/ns/net`, 'r')
      const network = readlinkSync(`/proc/self/fd/${fd}`)
      if (network === ownNetwork || this.#networks.has(network)) closeSync(fd)
      else this.#networks.set(network, fd)
    } catch {
      // The process has ended since: nobody can tell whose its namespace's number is now.
    }
  }

  [Symbol.dispose](): void {
    for (const fd of this.#networks.values()) closeSync(fd)
    this.#networks.clear()
  }
}

const ownNetwork = readlinkSync('/proc/self/ns/net')

function keyOf({ pid, start }: ProcessIdentity): string {
  return `${pid} ${start}`
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
