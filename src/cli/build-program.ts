import { Command, Option } from 'commander'
import { nearestName } from '../../helpers/nearest-name.ts'
import { PacketproofError } from '../errors.ts'
import { type CommandSpec, commandSpecs } from './commands.ts'
import { readVariable } from './environment.ts'
import { OptionValues } from './option-values.ts'
import type { OptionSpec } from './options.ts'

/** A command that has been chosen, with all that it was given. */
export interface Invocation {
  readonly spec: CommandSpec
  readonly args: readonly string[]
  readonly values: OptionValues
}

/**
 * The command line as commander sees it, made from the option table.
 * @param onChosen called during parsing, with the command that was named.
 */
export function buildProgram(version: string, env: NodeJS.ProcessEnv, onChosen: (chosen: Invocation) => void): Command {
  const program = new Command('packetproof')
    .description('Proves, with packets and rule counters, that a Kubernetes datapath does what its documentation says.')
    .version(version, '-V, --version')
    .usage('<command> [options]')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  for (const spec of commandSpecs) program.addCommand(buildCommand(spec, env, onChosen))
  program
    .command('agent [name]')
    .summary("run one of the built-in agents (its options are the upstream program's own)")
    .helpOption(false)
  program.addHelpText(
    'after',
    '\nExit codes: 0 all as expected, 1 a claim failed or a fault survived, 2 bad usage or input,\n3 the environment is not usable, 130 or 143 interrupted.\n',
  )
  return program
}

function buildCommand(spec: CommandSpec, env: NodeJS.ProcessEnv, onChosen: (chosen: Invocation) => void): Command {
  const given = new Map<string, string[]>()
  const command = new Command(spec.name)
    .summary(spec.summary)
    .description(`${spec.summary[0]?.toUpperCase()}${spec.summary.slice(1)}. ${spec.details}`)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join('\n')}\n`)
  for (const argument of spec.arguments.split(' ').filter((text) => text !== '')) command.argument(argument)
  for (const option of spec.options) command.addOption(buildOption(option, given))
  return command.action(() => {
    onChosen({ spec, args: command.args, values: collectValues(spec, given, env) })
  })
}

function buildOption(spec: OptionSpec, given: Map<string, string[]>): Option {
  const flags = `${spec.short === undefined ? '' : `-${spec.short}, `}--${spec.name}`
  const suffix = spec.argument === undefined ? '' : ` <${spec.argument}>`
  const choices = spec.choices === undefined ? '' : `: ${spec.choices.join(', ')}`
  const preset = spec.default === undefined ? '' : ` (default: ${spec.default})`
  const option = new Option(`${flags}${suffix}`, `${spec.description}${choices}${preset}`)
  // A flag is parsed without a text.
  return option.argParser((text: string | undefined) => {
    given.set(spec.name, [...(given.get(spec.name) ?? []), text ?? ''])
  })
}

/** Command line first, then environment, then default. */
function collectValues(
  spec: CommandSpec,
  given: ReadonlyMap<string, readonly string[]>,
  env: NodeJS.ProcessEnv,
): OptionValues {
  const values = new Map<string, readonly string[]>()
  for (const option of spec.options) {
    const fromLine = given.get(option.name)
    const fromEnvironment = fromLine === undefined ? readVariable(spec.name, option, env) : undefined
    const preset = option.default === undefined ? [] : [option.default]
    const texts = fromLine ?? fromEnvironment?.texts ?? preset
    for (const text of texts) assertChoice(option, text, fromEnvironment?.variable ?? `--${option.name}`)
    values.set(option.name, texts)
  }
  return new OptionValues(values, new Set(given.keys()))
}

function assertChoice(option: OptionSpec, text: string, place: string): void {
  if (option.choices === undefined || option.choices.includes(text)) return
  const near = nearestName(text, option.choices)
  throw new PacketproofError('E_USAGE', `${place} "${text}": expected ${option.choices.join(', ')}`, {
    ...(near !== undefined && { hint: `did you mean "${near}"?` }),
  })
}
