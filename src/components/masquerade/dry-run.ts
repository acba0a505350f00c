import { readFileSync } from 'node:fs'
import { quote } from '../../../helpers/quote.ts'
import { invalidInput, messageOf } from '../../errors.ts'
import { type Advice, adviseOnConfig } from './advice.ts'
import { isMappedCidr } from './cidr-check.ts'
import { defaultMasqConfig, type MasqConfig, parseMasqConfig, readConfigDocument } from './config.ts'
import { MasqConfigError } from './config-error.ts'
import type { DocumentNode } from './document.ts'
import type { MasqueradeFlags } from './flags.ts'
import { type IpFamily, jumpArguments, renderMasqueradeRules } from './rules.ts'
import { valueOf } from './validate-config.ts'

export interface DryRun {
  /** The payload(s), each after a comment line that names the command it is for; every part can be piped as it is. */
  readonly stdout: string
  /** What the agent would accept in silence, each as `FILE:LINE:COLUMN: …`. */
  readonly warnings: readonly string[]
}

/**
 * What the agent would hand to iptables-restore with these flags and this file, on an iptables that has `--random-fully`.
 * @throws PacketproofError E_INVALID_INPUT that names the file, the place, the key and what was expected, and contains
 * upstream's words.
 */
export async function dryRunMasquerade(flags: MasqueradeFlags): Promise<DryRun> {
  if (flags.rest[0] !== undefined) {
    throw invalidInput(`unexpected argument "${flags.rest[0]}": ip-masq-agent ignores it and every flag after it`, {
      hint: 'a boolean flag takes its value after =, for instance --enable-ipv6=false',
    })
  }
  const { config, warnings } = await loadConfig(flags)
  const families: readonly IpFamily[] = flags.family ? [flags.family] : flags.enableIpv6 ? [4, 6] : [4]
  return { stdout: families.map((family) => renderSection(family, config, flags)).join(''), warnings }
}

function renderSection(family: IpFamily, config: MasqConfig, flags: MasqueradeFlags): string {
  const command = family === 4 ? 'iptables' : 'ip6tables'
  const jump = jumpArguments(flags.chain).map(quote)
  return (
    `# ${command} -t nat -A POSTROUTING ${jump.join(' ')}\n` +
    `# ${command}-restore --noflush\n${renderMasqueradeRules(family, config, flags)}`
  )
}

async function loadConfig(flags: MasqueradeFlags): Promise<{ config: MasqConfig; warnings: readonly string[] }> {
  const { configPath } = flags
  const text = readText(configPath)
  if (text === undefined) {
    return {
      config: defaultMasqConfig(flags),
      warnings: [`${configPath}: there is no such file: the agent would use its defaults`],
    }
  }
  try {
    const config = await parseMasqConfig(text, flags)
    const document = await readConfigDocument(text)
    refuseMapped(document, config)
    const advice = adviseOnConfig(document, config, flags.enableIpv6)
    if (document.kind === 'null') return { config, warnings: [`${configPath}: the file is empty: the defaults apply`] }
    return { config, warnings: advice.map((item) => placed(configPath, item)) }
  } catch (error) {
    throw error instanceof MasqConfigError ? explain(configPath, error) : error
  }
}

function refuseMapped(document: DocumentNode, config: MasqConfig): void {
  const index = (config.nonMasqueradeCIDRs ?? []).findIndex(isMappedCidr)
  if (index < 0) return
  const list = valueOf(document, 'nonMasqueradeCIDRs')
  const at = list?.kind === 'array' ? list.items[index] : list
  const cidr = config.nonMasqueradeCIDRs?.[index] ?? ''
  throw new MasqConfigError(
    `CIDR "${cidr}" is an IPv4-mapped IPv6 CIDR: the agent accepts it as IPv4, and iptables-restore then refuses every rule`,
    'an IPv4 CIDR such as 10.0.0.0/8, or another IPv6 CIDR',
    { at, key: 'nonMasqueradeCIDRs' },
  )
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw invalidInput(`${path}: cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

function explain(path: string, error: MasqConfigError): Error {
  const place = error.at === undefined ? path : `${path}:${error.at.line}:${error.at.column}`
  const key = error.key === undefined ? '' : `${error.key}: `
  return invalidInput(`${place}: ${key}${error.message}`, { hint: `expected ${error.expected}`, cause: error })
}

function placed(path: string, { at, message }: Advice): string {
  return `${path}:${at.line}:${at.column}: ${message}`
}
