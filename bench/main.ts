import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Interrupt, listenForInterrupt } from '../src/cli/interrupt.ts'
import { printData, printJson } from '../src/cli/output.ts'
import { printError } from '../src/cli/print-error.ts'
import { exitCodeOf } from '../src/errors.ts'
import { benchmarks } from './benchmarks.ts'
import type { Figure } from './figure.ts'
import { readMachineFacts } from './machine.ts'
import { type BenchOptions, helpText, parseOptions } from './options.ts'
import { printFigures } from './print-figures.ts'
import { summarize } from './summarize.ts'

/** 0 whatever the figures are: they are reported, not judged. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv, benchmarks)
  if (options.help) {
    printData(helpText(benchmarks))
    return 0
  }
  const facts = readMachineFacts()
  for (const warning of facts.warnings) say(warning)
  using interrupt = listenForInterrupt(undefined, say)
  try {
    const figures = (await measureAll(options, interrupt)).map(summarize)
    if (options.format === 'json') printJson({ ...facts, runsPerFigure: options.runCount, figures })
    else printData(printFigures(facts, figures))
    return 0
  } catch (error) {
    const interrupted = interrupt.exitCode()
    if (interrupted === undefined) throw error
    return interrupted
  }
}

async function measureAll({ chosen, runCount }: BenchOptions, { signal }: Interrupt): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'packetproof-bench-'))
  try {
    const figures: Figure[] = []
    for (const benchmark of chosen) figures.push(...(await benchmark.measure({ runCount, folder, signal, say })))
    return figures
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  printError(error, { stack: false })
  process.exitCode = exitCodeOf(error)
}
