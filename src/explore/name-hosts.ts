import type { NamedHost } from '../cluster/find-host.ts'

/** From address to the name of the host that has it, for showing names beside addresses. */
export type AddressNames = ReadonlyMap<string, string>

export function nameAddresses(hosts: readonly NamedHost[]): AddressNames {
  return new Map(hosts.flatMap(({ host }) => host.addresses.map((address) => [address, host.name] as const)))
}
