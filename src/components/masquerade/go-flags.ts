import { goQuote } from '../../../helpers/go-quote.ts'
import { nearestName } from '../../../helpers/nearest-name.ts'
import { PacketproofError } from '../../errors.ts'

/** One flag of a Go program: its default decides what is printed when it is not set. */
export interface GoFlag {
  readonly kind: 'bool' | 'string' | 'int'
  readonly defaultText: string
}

export interface ParsedGoFlags {
  /** The text of every flag, set or default, by name. */
  readonly values: ReadonlyMap<string, string>
  /** Go stops reading flags at the first argument that is not one. */
  readonly rest: readonly string[]
}

/**
 * Reads arguments as Go's `flag` package does: one or two dashes, `--name=value` or `--name value`; a boolean takes its value
 * after `=` only; `--` or the first other argument ends the flags.
 * @throws PacketproofError E_USAGE in Go's words.
 */
export function parseGoFlags(argv: readonly string[], flags: Readonly<Record<string, GoFlag>>): ParsedGoFlags {
  const values = new Map(Object.entries(flags).map(([name, { defaultText }]) => [name, defaultText]))
  let index = 0
  while (index < argv.length) {
    const argument = argv[index] ?? ''
    if (argument.length < 2 || !argument.startsWith('-')) break
    index++
    if (argument === '--') break
    const body = argument.slice(argument.startsWith('--') ? 2 : 1)
    if (body === '' || body.startsWith('-') || body.startsWith('=')) throw usage(`bad flag syntax: ${argument}`)
    const equals = body.indexOf('=')
    const name = equals < 0 ? body : body.slice(0, equals)
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    if (flag === undefined) throw unknownFlag(name, Object.keys(flags))
    let value = equals < 0 ? undefined : body.slice(equals + 1)
    if (value === undefined && flag.kind === 'bool') value = 'true'
    if (value === undefined) {
      value = argv[index++]
      if (value === undefined) throw usage(`flag needs an argument: -${name}`)
    }
    values.set(name, readValue(name, flag, value))
  }
  return { values, rest: argv.slice(index) }
}

const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const falseTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

function readValue(name: string, flag: GoFlag, value: string): string {
  if (flag.kind === 'string') return value
  if (flag.kind === 'bool') {
    if (trueTexts.has(value)) return 'true'
    if (falseTexts.has(value)) return 'false'
    throw usage(`invalid boolean value ${goQuote(value)} for -${name}: parse error`)
  }
  if (!/^[+-]?\d+$/.test(value)) {
    throw usage(
      `invalid value ${goQuote(value)} for flag -${name}: strconv.ParseInt: parsing ${goQuote(value)}: invalid syntax`,
    )
  }
  return String(Number(value))
}

function unknownFlag(name: string, known: readonly string[]): PacketproofError {
  const nearest = nearestName(name, known)
  return new PacketproofError('E_USAGE', `unknown flag: --${name} (flag provided but not defined: -${name})`, {
    hint: nearest === undefined ? 'see --help' : `did you mean --${nearest}?`,
  })
}

function usage(message: string): PacketproofError {
  return new PacketproofError('E_USAGE', message, { hint: 'see --help' })
}
