import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { inNamespaces } from '../../../helpers/linux/namespaces.ts'

/**
 * The network namespaces of the processes that this one can see, by the addresses in them. On a node these are its pods',
 * whatever runtime made them. An address that is in several namespaces is found in the one of the most recent process.
 */
export class Places {
  readonly #descriptors: number[] = []
  readonly #byAddress = new Map<string, number>()
  readonly #own = new Set(ownAddresses())

  constructor() {
    const seen = new Set([readlinkSync('/proc/self/ns/net')])
    for (const pid of processIds()) {
      const path = `/proc/${pid}/ns/net`
      const fd = openNew(path, seen)
      if (fd === undefined) continue
      this.#descriptors.push(fd)
      for (const address of addressesIn(fd)) {
        if (!this.#byAddress.has(address)) this.#byAddress.set(address, fd)
      }
    }
  }

  /**
   * Runs work in the namespace that has the address; in this process's own without one, or with one of its own.
   * @returns undefined when there is no such namespace.
   */
  inside<T>(place: string | undefined, work: () => T): T | undefined {
    if (place === undefined || this.#own.has(place)) return work()
    const fd = this.#byAddress.get(place)
    return fd === undefined ? undefined : inNamespaces({ net: fd }, work)
  }

  close(): void {
    for (const fd of this.#descriptors.splice(0)) closeSync(fd)
    this.#byAddress.clear()
  }
}

/** The most recent first. */
function processIds(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((left, right) => right - left)
}

function openNew(path: string, seen: Set<string>): number | undefined {
  try {
    const identity = readlinkSync(path)
    if (seen.has(identity)) return undefined
    seen.add(identity)
    return openSync(path, 'r')
  } catch {
    // The process has ended in the meantime, or is a kernel thread.
    return undefined
  }
}

function addressesIn(fd: number): readonly string[] {
  return inNamespaces({ net: fd }, ownAddresses)
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
}
