import { addressAt, type Cidr, cidrContains, familyOf } from '../../../../helpers/cidr.ts'
import { invalidInput, PacketproofError } from '../../../errors.ts'

/** Gives out the addresses of one pod CIDR in turn, so that a freed one is not used again at once. */
export class PodAddresses {
  readonly #cidr: Cidr
  readonly #taken = new Set<string>()
  /** The first usable one is the second: `.1` is where other network plug-ins put a gateway. */
  #next = 2

  constructor(cidr: Cidr) {
    this.#cidr = cidr
  }

  get family(): 4 | 6 {
    return this.#cidr.family
  }

  take(): string {
    const hostBits = (this.#cidr.family === 4 ? 32 : 128) - this.#cidr.prefixLength
    const end = Math.min(2 ** hostBits - (this.#cidr.family === 4 ? 1 : 0), 2 ** 20)
    for (let tries = 2; tries < end; tries += 1) {
      const address = addressAt(this.#cidr, this.#next)
      this.#next = this.#next + 1 < end ? this.#next + 1 : 2
      if (this.#taken.has(address)) continue
      this.#taken.add(address)
      return address
    }
    throw new PacketproofError('E_CLUSTER', `no free pod address left in ${this.#cidr.text}`)
  }

  /** @throws PacketproofError E_INVALID_INPUT when the address is not of this CIDR, or not free. */
  claim(address: string): string {
    if (!cidrContains(this.#cidr, address)) {
      throw invalidInput(`the pod address ${address} is not in the node's pod CIDR ${this.#cidr.text}`)
    }
    if (this.#taken.has(address)) throw invalidInput(`the pod address ${address} is taken`)
    this.#taken.add(address)
    return address
  }

  release(address: string): void {
    this.#taken.delete(address)
  }
}

/** One address per family of a node's pod CIDRs: those asked for, or the next free ones. */
export function takePodAddresses(pools: readonly PodAddresses[], wanted: readonly string[] | undefined): string[] {
  const taken: string[] = []
  try {
    for (const pool of pools) {
      const address = wanted?.find((candidate) => familyOf(candidate) === pool.family)
      if (wanted !== undefined && address === undefined) continue
      taken.push(address === undefined ? pool.take() : pool.claim(address))
    }
    return taken
  } catch (error) {
    releasePodAddresses(pools, taken)
    throw error
  }
}

export function releasePodAddresses(pools: readonly PodAddresses[], addresses: readonly string[]): void {
  for (const address of addresses) {
    pools.find((pool) => pool.family === familyOf(address))?.release(address)
  }
}
