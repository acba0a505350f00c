import { parseArgs } from 'node:util'
import { messageOf, PacketproofError } from '../src/errors.ts'
import type { Benchmark } from './figure.ts'

export interface BenchOptions {
  readonly format: 'table' | 'json'
  readonly chosen: readonly Benchmark[]
  readonly runCount: number
  readonly help: boolean
}

/** @throws PacketproofError E_USAGE for anything that is no option, no benchmark or no number. */
export function parseOptions(argv: readonly string[], benchmarks: readonly Benchmark[]): BenchOptions {
  const values = parse(argv)
  const format = values.format
  if (format !== 'table' && format !== 'json') throw usage(`--format is "${format}", expected table or json`)
  const runCount = Number(values.runs)
  if (!Number.isInteger(runCount) || runCount < 1) throw usage(`--runs is "${values.runs}", expected a number from 1`)
  const chosen = values.only === undefined ? benchmarks : values.only.map((name) => find(name, benchmarks))
  return { format, chosen, runCount, help: values.help }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        format: { type: 'string', default: 'table' },
        only: { type: 'string', multiple: true },
        runs: { type: 'string', default: '3' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw usage(messageOf(error))
  }
}

function find(name: string, benchmarks: readonly Benchmark[]): Benchmark {
  const found = benchmarks.find((benchmark) => benchmark.name === name)
  if (found !== undefined) return found
  throw usage(`there is no benchmark "${name}"; there are ${benchmarks.map((b) => b.name).join(', ')}`)
}

function usage(message: string): PacketproofError {
  return new PacketproofError('E_USAGE', message, { hint: 'npm run bench -- --help lists what there is' })
}

export function helpText(benchmarks: readonly Benchmark[]): string {
  const width = Math.max(...benchmarks.map(({ name }) => name.length))
  return [
    'npm run bench -- [--only NAME]… [--runs N] [--format table|json]',
    '',
    'Measures, beside other programs where they are installed. Each figure is the median of N runs (default 3).',
    '',
    ...benchmarks.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`),
  ].join('\n')
}
