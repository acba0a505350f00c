import { PacketproofError } from '../errors.ts'
import type { OptionSpec } from './options.ts'

/** The environment variables that stand in for an option, most particular first. */
export function variablesOf(command: string, option: OptionSpec): readonly string[] {
  if (option.name === 'no-color') return ['NO_COLOR']
  const flag = option.name.toUpperCase().replaceAll('-', '_')
  return [`PACKETPROOF_${command.toUpperCase()}_${flag}`, `PACKETPROOF_${flag}`]
}

/**
 * An option's value from the environment, as texts; undefined when it is not set, or empty.
 * A list is separated by commas, a flag is 1, true, yes, on or 0, false, no, off; a count is a number.
 * @throws PacketproofError E_USAGE
 */
export function readVariable(
  command: string,
  option: OptionSpec,
  env: NodeJS.ProcessEnv,
): { readonly variable: string; readonly texts: readonly string[] } | undefined {
  const variable = variablesOf(command, option).find((name) => env[name] !== undefined && env[name] !== '')
  const value = variable === undefined ? undefined : env[variable]
  if (variable === undefined || value === undefined) return undefined
  return { variable, texts: option.name === 'no-color' ? [''] : readTexts(variable, value, option) }
}

function readTexts(variable: string, value: string, option: OptionSpec): readonly string[] {
  switch (option.kind) {
    case 'list':
      return value.split(',').filter((text) => text !== '')
    case 'flag':
      if (/^(1|true|yes|on)$/i.test(value)) return ['']
      if (/^(0|false|no|off)$/i.test(value)) return []
      throw new PacketproofError('E_USAGE', `${variable} is "${value}": expected 1 or 0`)
    case 'count':
      if (/^\d$/.test(value)) return Array.from({ length: Number(value) }, () => '')
      throw new PacketproofError('E_USAGE', `${variable} is "${value}": expected a number from 0 to 9`)
    default:
      return [value]
  }
}
