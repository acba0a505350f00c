import { formatGoDuration } from '../../../helpers/go-duration.ts'
import { decodeMasqConfig } from './decode-config.ts'
import type { DocumentNode } from './document.ts'
import { readJsonDocument } from './json-document.ts'
import { validateMasqConfig } from './validate-config.ts'

/** The configuration of ip-masq-agent 2.12, with every default filled in. */
export interface MasqConfig {
  /** Destinations that keep the pod's address, in file order. `null` when the file says `null`: an empty list. */
  readonly nonMasqueradeCIDRs: readonly string[] | null
  readonly cidrLimit: number
  readonly masqLinkLocal: boolean
  readonly masqLinkLocalIPv6: boolean
  readonly resyncIntervalNs: bigint
}

/** The part of the agent's flags that decides how a configuration is read. */
export interface ConfigFlags {
  readonly enableIpv6: boolean
  readonly noMasqAllReservedRanges: boolean
}

/** RFC 1918. */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const
/** RFC 6598, 6890, 5737, 7526, 6815, 5737, 5737, and the former class E (RFC 5735). */
const otherReservedRanges = [
  '100.64.0.0/10',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
] as const

/** What the agent uses when there is no file, and for every key that the file leaves out. */
export function defaultMasqConfig(flags: Pick<ConfigFlags, 'noMasqAllReservedRanges'>): MasqConfig {
  return {
    nonMasqueradeCIDRs: flags.noMasqAllReservedRanges ? [...privateRanges, ...otherReservedRanges] : privateRanges,
    cidrLimit: 64,
    masqLinkLocal: false,
    masqLinkLocalIPv6: false,
    resyncIntervalNs: 60_000_000_000n,
  }
}

/**
 * Reads a configuration file as ip-masq-agent does: text whose first character is `{` is JSON, all else YAML; keys match
 * whatever their case; unknown keys are ignored; a key that is left out has its default; `[]` and `null` are an empty list.
 * @throws MasqConfigError with upstream's words. One deviation: upstream accepts a `resyncInterval` of zero or less and
 * then synchronizes without any pause; here that is an error.
 */
export async function parseMasqConfig(text: string, flags: ConfigFlags): Promise<MasqConfig> {
  const document = await readConfigDocument(text)
  const config = decodeMasqConfig(document, defaultMasqConfig(flags))
  validateMasqConfig(config, document, flags)
  return config
}

/** The document before it is decoded. @throws MasqConfigError when it is neither YAML nor JSON. */
export async function readConfigDocument(text: string): Promise<DocumentNode> {
  if (/^\s*\{/.test(text)) return readJsonDocument(text)
  // The YAML library is most of the agent's start; without a file, or with JSON, it is not needed.
  const { readYamlDocument } = await import('./yaml-document.ts')
  return readYamlDocument(text)
}

/** The configuration as upstream logs it. */
export function printMasqConfig(config: MasqConfig): string {
  const { resyncIntervalNs, ...rest } = config
  return JSON.stringify({ ...rest, resyncInterval: formatGoDuration(resyncIntervalNs) })
}
