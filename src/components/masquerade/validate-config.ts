import { formatGoDuration } from '../../../helpers/go-duration.ts'
import { alignedCidr, cidrFault, familyOfCidr } from './cidr-check.ts'
import type { ConfigFlags, MasqConfig } from './config.ts'
import { MasqConfigError } from './config-error.ts'
import { type ConfigKey, configKeyOf } from './decode-config.ts'
import type { DocumentNode } from './document.ts'

/** @throws MasqConfigError for the first fault, in upstream's order and words. */
export function validateMasqConfig(config: MasqConfig, document: DocumentNode, flags: ConfigFlags): void {
  const cidrs = config.nonMasqueradeCIDRs ?? []
  const key = 'nonMasqueradeCIDRs'
  if (cidrs.length > config.cidrLimit) {
    throw new MasqConfigError(
      `the daemon can only accept up to ${config.cidrLimit} CIDRs (excluding link-local), ` +
        `but got ${cidrs.length} CIDRs (excluding link local)`,
      `at most ${config.cidrLimit} CIDRs: merge neighbours into larger ones, or raise cidrLimit`,
      { at: valueOf(document, key), key },
    )
  }
  for (const [index, cidr] of cidrs.entries()) {
    const at = itemOf(document, index)
    const fault = cidrFault(cidr)
    if (fault !== undefined) throw new MasqConfigError(fault, expectedInsteadOf(cidr), { at, key })
    if (!flags.enableIpv6 && familyOfCidr(cidr) === 6) {
      throw new MasqConfigError(
        `ipv6 is not enabled, but ipv6 cidr ${cidr} provided. Enable ipv6 using --enable-ipv6 agent flag`,
        'only IPv4 CIDRs, or the agent started with --enable-ipv6',
        { at, key },
      )
    }
  }
  if (config.resyncIntervalNs <= 0n) {
    const interval = formatGoDuration(config.resyncIntervalNs)
    throw new MasqConfigError(
      `resyncInterval must be greater than zero, got ${interval}`,
      'a positive duration, for instance 60s (with zero or less the agent would synchronize without any pause)',
      { at: valueOf(document, 'resyncInterval'), key: 'resyncInterval' },
    )
  }
}

function expectedInsteadOf(cidr: string): string {
  const aligned = alignedCidr(cidr)
  if (aligned !== undefined) return `the network address, without host bits: ${aligned}`
  if (!cidr.includes('/') && cidrFault(`${cidr}/32`) === undefined) return `a prefix length too: ${cidr}/32`
  if (!cidr.includes('/') && cidrFault(`${cidr}/128`) === undefined) return `a prefix length too: ${cidr}/128`
  return 'ADDRESS/LENGTH, for instance 10.0.0.0/8'
}

/** The last value that a document gives to a key: the one that counts. */
export function valueOf(document: DocumentNode, key: ConfigKey): DocumentNode | undefined {
  if (document.kind !== 'object') return undefined
  return document.entries.findLast((entry) => configKeyOf(entry.key) === key)?.value
}

function itemOf(document: DocumentNode, index: number): DocumentNode | undefined {
  const list = valueOf(document, 'nonMasqueradeCIDRs')
  return list?.kind === 'array' ? (list.items[index] ?? list) : list
}
