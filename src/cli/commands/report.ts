import { headlineOf } from '../../report/summary.ts'
import { findRunDirectory, readRun } from '../find-run.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, outputWidth, printData, printJson } from '../output.ts'
import { verdictTable } from '../verdict-table.ts'

/** `packetproof report [DIRECTORY]`: where the report is and what it says. */
export async function report(args: readonly string[], values: OptionValues): Promise<number> {
  const directory = findRunDirectory(args[0] ?? 'reports')
  const run = readRun(directory)
  if (values.text('format') === 'json') printJson(run)
  else {
    const table = values.flag('quiet') ? '' : `${verdictTable(run, outputWidth(), outputStyle())}\n\n`
    printData(`${table}${headlineOf(run)}\nreport: ${directory}`)
  }
  return 0
}
