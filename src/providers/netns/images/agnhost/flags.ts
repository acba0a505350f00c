import { invalidInput } from '../../../../errors.ts'

/** Default values by flag name; a flag's type is its default's. */
export type FlagDefaults = Readonly<Record<string, string | number | boolean>>

export interface ParsedFlags<Defaults extends FlagDefaults> {
  readonly flags: { [Name in keyof Defaults]: Widened<Defaults[Name]> }
  readonly positional: readonly string[]
}

type Widened<Value> = Value extends number ? number : Value extends boolean ? boolean : string

/**
 * Reads flags as agnhost's command line library does: `--name=value`, `--name value`, `--name` for true; anything else is
 * positional.
 * @throws PacketproofError E_INVALID_INPUT that names the flag.
 */
export function parseFlags<Defaults extends FlagDefaults>(
  argv: readonly string[],
  defaults: Defaults,
): ParsedFlags<Defaults> {
  const flags: Record<string, string | number | boolean> = { ...defaults }
  const positional: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(word)
    if (!match?.[1]) {
      positional.push(word)
      continue
    }
    const [, name] = match
    const standard = Object.hasOwn(defaults, name) ? defaults[name] : undefined
    if (standard === undefined) throw invalidInput(`unknown flag: --${name}`)
    let text = match[2]
    if (text === undefined && typeof standard === 'boolean') text = 'true'
    if (text === undefined) {
      index += 1
      text = argv[index]
    }
    if (text === undefined) throw invalidInput(`flag needs an argument: --${name}`)
    flags[name] = readValue(name, text, standard)
  }
  return { flags: flags as ParsedFlags<Defaults>['flags'], positional }
}

function readValue(name: string, text: string, standard: string | number | boolean): string | number | boolean {
  if (typeof standard === 'string') return text
  const isValid = typeof standard === 'number' ? /^-?\d+$/.test(text) : text === 'true' || text === 'false'
  if (!isValid) throw invalidInput(`invalid argument "${text}" for "--${name}": expected a ${typeof standard}`)
  return typeof standard === 'number' ? Number(text) : text === 'true'
}
