import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { isAddress } from '../../../../helpers/cidr.ts'
import { messageOf, PacketproofError } from '../../../errors.ts'
import type { PodFacts } from './build-rules.ts'
import type { DnsServers } from './dns-rules.ts'
import type { InitOptions } from './init-options.ts'

/**
 * Whether the pod has IPv6, and its DNS servers. IPv6 counts when the first address that is neither loopback nor link-local is
 * one (the kernel lists IPv4 first), with `--dual-stack` when any is.
 * @throws PacketproofError E_ENVIRONMENT for a pod without an address (not in a dry run), or when resolv.conf cannot be read.
 */
export function readPodFacts(options: InitOptions): PodFacts & { readonly warnings: readonly string[] } {
  const addresses = (options.hostAddresses ?? machineAddresses()).filter(isOwnAddress)
  const warnings: string[] = []
  if (addresses.length === 0) {
    const problem = 'no valid local IP address found: all are loopback or link-local'
    if (!options.dryRun) throw new PacketproofError('E_ENVIRONMENT', problem)
    warnings.push(`${problem}; the rules are those of a pod with IPv4 (--host-addresses tells another)`)
  }
  const isIpv6 = (address: string | undefined): boolean => address?.includes(':') ?? false
  const hasIpv6 = options.dualStack ? addresses.some(isIpv6) : isIpv6(addresses[0])
  const reads = options.redirectDns && !options.captureAllDns
  return { hasIpv6, dnsServers: reads ? readDnsServers(options.resolvConf) : { 4: [], 6: [] }, warnings }
}

/** IPv4 first, as the kernel lists them. */
function machineAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  const inFamily = (family: string): string[] =>
    all.filter((entry) => entry.family === family).map(({ address }) => address)
  return [...inFamily('IPv4'), ...inFamily('IPv6')]
}

function isOwnAddress(address: string): boolean {
  return !/^(127\.|169\.254\.|::1$|fe[89ab][0-9a-f]:)/i.test(address)
}

/** The addresses of `nameserver` lines; what is no address is passed over, as upstream does. */
function readDnsServers(path: string): DnsServers {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new PacketproofError('E_ENVIRONMENT', `failed to load ${path}: ${messageOf(error)}`, {
      hint: 'without it the DNS servers are unknown; --capture-all-dns does not need them',
      cause: error,
    })
  }
  const servers = text.split('\n').flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
  const addresses = servers.filter(isAddress)
  return {
    4: addresses.filter((address) => !address.includes(':')),
    6: addresses.filter((address) => address.includes(':')),
  }
}
