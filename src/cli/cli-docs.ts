import { type CommandSpec, commandSpecs } from './commands.ts'
import { variablesOf } from './environment.ts'
import type { OptionSpec } from './options.ts'

/** `docs/cli.md`, made from the table of commands and options. */
export function cliDocs(): string {
  return `${[
    '# Command line',
    '<!-- Made by `npm run docs` from src/cli/commands.ts and src/cli/options.ts; a test fails when it is stale. -->',
    'Results go to stdout, everything else to stderr. Every option is also an environment variable; the command line wins. In a variable a flag is `1` or `0`, and the values of a repeatable option are separated by commas.',
    exitCodes,
    ...commandSpecs.map(commandDocs),
    agentDocs,
  ].join('\n\n')}\n`
}

const exitCodes = `| Exit code | Meaning |
| --- | --- |
| 0 | every verdict is the expected one, every fault was caught |
| 1 | a claim failed, or a fault survived |
| 2 | bad usage or input |
| 3 | the environment is not usable (a tool, a privilege or a kernel feature is missing) |
| 130, 143 | interrupted by SIGINT, SIGTERM, after cleaning up |`

const agentDocs = `## packetproof agent

Run one of the built-in agents. Its options are the upstream program's own; \`packetproof agent NAME --help\` shows them.

\`\`\`sh
packetproof agent --help
packetproof agent masquerade --help
\`\`\``

function commandDocs(spec: CommandSpec): string {
  const usage = ['packetproof', spec.name, '[options]', spec.arguments].filter((word) => word !== '').join(' ')
  return [
    `## packetproof ${spec.name}`,
    `${spec.summary[0]?.toUpperCase()}${spec.summary.slice(1)}. ${spec.details}`,
    `Usage: \`${usage}\``,
    `| Option | Environment | Meaning |\n| --- | --- | --- |\n${spec.options.map((option) => optionRow(spec.name, option)).join('\n')}`,
    `\`\`\`sh\n${spec.examples.join('\n')}\n\`\`\``,
  ].join('\n\n')
}

function optionRow(command: string, option: OptionSpec): string {
  const argument = option.argument === undefined ? '' : ` ${option.argument}`
  const names = [...(option.short === undefined ? [] : [`\`-${option.short}\``]), `\`--${option.name}${argument}\``]
  const choices = option.choices === undefined ? '' : `: ${option.choices.join(', ')}`
  const preset = option.default === undefined ? '' : ` (default: ${option.default})`
  const variables = variablesOf(command, option).map((variable) => `\`${variable}\``)
  return `| ${names.join(', ')} | ${variables.join(', ')} | ${option.description}${choices}${preset} |`
}
