import { parseGoDuration } from '../../../helpers/go-duration.ts'
import { goQuote } from '../../../helpers/go-quote.ts'
import { messageOf } from '../../errors.ts'
import type { MasqConfig } from './config.ts'
import { MasqConfigError } from './config-error.ts'
import type { DocumentEntry, DocumentNode } from './document.ts'

/** The keys of the configuration file, with the Go type that upstream's messages name. */
export const configKeys = {
  nonMasqueradeCIDRs: { type: '[]string', expected: 'a list of CIDRs, for instance [10.0.0.0/8, 192.168.0.0/16]' },
  cidrLimit: { type: 'int', expected: 'a whole number without quotes, for instance 64' },
  masqLinkLocal: { type: 'bool', expected: 'true or false, without quotes' },
  masqLinkLocalIPv6: { type: 'bool', expected: 'true or false, without quotes' },
  resyncInterval: { type: 'Duration', expected: 'a duration in quotes or with its unit, for instance "60s" or 1h30m' },
} as const

export type ConfigKey = keyof typeof configKeys

/** The key that a name means: names match whatever their case, as in Go's encoding/json. */
export function configKeyOf(name: string): ConfigKey | undefined {
  const keys = Object.keys(configKeys) as ConfigKey[]
  return keys.find((key) => key === name) ?? keys.find((key) => fold(key) === fold(name))
}

function fold(name: string): string {
  return name.toUpperCase().toLowerCase()
}

/**
 * Lays a document over the defaults, as Go's `json.Unmarshal` does into a filled struct: of several type errors the first
 * is reported, but an error of a duration ends the decoding and takes precedence.
 * @throws MasqConfigError
 */
export function decodeMasqConfig(document: DocumentNode, defaults: MasqConfig): MasqConfig {
  if (document.kind === 'null') return defaults
  if (document.kind !== 'object') {
    throw new MasqConfigError(
      `json: cannot unmarshal ${document.kind} into Go value of type main.MasqConfig`,
      'a mapping of keys, for instance "nonMasqueradeCIDRs: [10.0.0.0/8]"',
      { at: document },
    )
  }
  const config: { -readonly [K in keyof MasqConfig]: MasqConfig[K] } = { ...defaults }
  let firstError: MasqConfigError | undefined
  for (const entry of document.entries) {
    const key = configKeyOf(entry.key)
    if (key === undefined) continue
    const fail = (node: DocumentNode, type: string): void => {
      firstError ??= typeError(key, entry, node, type)
    }
    decodeEntry(config, key, entry, fail)
  }
  if (firstError !== undefined) throw firstError
  return config
}

type Fail = (node: DocumentNode, type: string) => void

function decodeEntry(
  config: { -readonly [K in keyof MasqConfig]: MasqConfig[K] },
  key: ConfigKey,
  entry: DocumentEntry,
  fail: Fail,
): void {
  const { value } = entry
  if (key === 'resyncInterval') config.resyncIntervalNs = decodeDuration(entry)
  else if (key === 'nonMasqueradeCIDRs') config[key] = decodeList(value, config[key], fail)
  else if (value.kind === 'null') return
  else if (key === 'cidrLimit') {
    if (value.kind === 'number' && isInt64(value.json)) config[key] = Number(value.json)
    else fail(value, 'int')
  } else if (value.kind === 'bool') config[key] = value.value
  else fail(value, 'bool')
}

/** A `null` item leaves what was in its place before, as in Go; nothing was there past the defaults. */
function decodeList(value: DocumentNode, before: readonly string[] | null, fail: Fail): readonly string[] | null {
  if (value.kind === 'null') return null
  if (value.kind !== 'array') {
    fail(value, '[]string')
    return before
  }
  return value.items.map((item, index) => {
    if (item.kind === 'string') return item.value
    if (item.kind !== 'null') fail(item, 'string')
    return before?.[index] ?? ''
  })
}

function decodeDuration({ key, value }: DocumentEntry): bigint {
  const { expected } = configKeys.resyncInterval
  if (value.kind !== 'string') {
    throw new MasqConfigError(
      `expected string value for unmarshal to field of type Duration, got ${goQuote(value.json)}`,
      expected,
      { at: value, key },
    )
  }
  try {
    return parseGoDuration(value.json.slice(1, -1))
  } catch (error) {
    throw new MasqConfigError(messageOf(error), expected, { at: value, key })
  }
}

function isInt64(text: string): boolean {
  return /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
}

function typeError(key: ConfigKey, entry: DocumentEntry, node: DocumentNode, type: string): MasqConfigError {
  const value = node.kind === 'number' && type === 'int' ? `number ${node.json}` : node.kind
  return new MasqConfigError(
    `json: cannot unmarshal ${value} into Go struct field MasqConfig.${key} of type ${type}`,
    configKeys[key].expected,
    { at: node, key: entry.key },
  )
}
