import { nearestName } from '../../../../helpers/nearest-name.ts'
import { PacketproofError } from '../../../errors.ts'
import { type InitFlag, loggingFlags, ownFlags, upstreamFlags } from './flag-table.ts'

/** The texts of all flags, and where each came from, for messages. */
export interface FlagTexts {
  /** The command line first, then the environment, then the preset. */
  text(name: string): string
  /** @throws PacketproofError E_USAGE for what is neither true nor false. */
  isOn(name: string): boolean
  /** How to name it to a person: `-b`, or the variable that set it. */
  place(name: string): string
  /** Whether the command line sets it. */
  isGiven(name: string): boolean
}

const flags: readonly InitFlag[] = [...upstreamFlags, ...loggingFlags, ...ownFlags]
const byName = new Map(flags.map((flag) => [flag.name, flag]))
const byShort = new Map(flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag] as const])))

/**
 * Reads flags as spf13/pflag does: `--name value`, `--name=value`, `-p value`, `-pvalue`, `-p=value`; a switch takes its value
 * only after `=`. The word `istio-iptables`, with which upstream's image is called, may come first.
 * @throws PacketproofError E_USAGE for an unknown flag, a missing value, or a word that is no flag.
 */
export function readFlags(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): FlagTexts {
  const given = new Map<string, string>()
  const words = argv[0] === 'istio-iptables' ? argv.slice(1) : [...argv]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const { flag, value } = readWord(word)
    given.set(flag.name, value ?? valueAfter(flag, words, word))
  }
  const variable = (name: string): string | undefined =>
    byName.get(name)?.env.find((candidate) => env[candidate] !== undefined && env[candidate] !== '')
  const text = (name: string): string => {
    const fromEnvironment = variable(name)
    const preset = byName.get(name)?.preset ?? ''
    return given.get(name) ?? (fromEnvironment === undefined ? preset : (env[fromEnvironment] ?? preset))
  }
  const place = (name: string): string => {
    const short = byName.get(name)?.short
    const flag = short === undefined ? `--${name}` : `-${short} (--${name})`
    return given.has(name) ? flag : (variable(name) ?? flag)
  }
  return {
    text,
    place,
    isGiven: (name) => given.has(name),
    isOn: (name) => readSwitch(text(name), place(name)),
  }
}

function readWord(word: string): { flag: InitFlag; value: string | undefined } {
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(word)
  if (long) return { flag: known(byName.get(long[1] ?? ''), `--${long[1]}`), value: long[2] }
  const short = /^-([^-=])(?:=?(.+)|=)?$/s.exec(word)
  if (!short) {
    throw new PacketproofError('E_USAGE', `"${word}" is not a flag`, {
      hint: 'a value that has a space in it needs quotes; packetproof agent sidecar-init --help lists the flags',
    })
  }
  const flag = known(byShort.get(short[1] ?? ''), `-${short[1]}`)
  return { flag, value: word.length === 2 ? undefined : (short[2] ?? '') }
}

function known(flag: InitFlag | undefined, word: string): InitFlag {
  if (flag !== undefined) return flag
  const near = nearestName(word.replace(/^-+/, ''), [...byName.keys()])
  throw new PacketproofError('E_USAGE', `unknown flag: ${word}`, {
    hint: near === undefined ? 'packetproof agent sidecar-init --help lists the flags' : `did you mean --${near}?`,
  })
}

function valueAfter(flag: InitFlag, words: string[], word: string): string {
  if (flag.kind === 'switch') return 'true'
  const value = words.shift()
  if (value === undefined) throw new PacketproofError('E_USAGE', `flag needs an argument: ${word}`)
  return value
}

/** The words of Go's `strconv.ParseBool`. */
function readSwitch(text: string, place: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw new PacketproofError('E_USAGE', `${place} "${text}": expected true or false`)
}
