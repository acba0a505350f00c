import { readRun } from '../../report/read-run.ts'
import { headlineOf } from '../../report/summary.ts'
import { writeReport } from '../../report/write-report.ts'
import { findRunDirectory } from '../find-run-directory.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, outputWidth, printData, printJson } from '../output.ts'
import { verdictTable } from '../verdict-table.ts'

/** `packetproof report [DIRECTORY]`: where the report is and what it says. */
export async function report(args: readonly string[], values: OptionValues): Promise<number> {
  const directory = findRunDirectory(args[0] ?? 'reports')
  const run = await readRun(directory)
  if (values.flag('render')) await writeReport(run, directory, ['index.html', 'summary.md', 'junit.xml'])
  if (values.text('format') === 'json') printJson(run)
  else {
    const table = values.flag('quiet') ? '' : `${verdictTable(run, outputWidth(), outputStyle())}\n\n`
    printData(`${table}${headlineOf(run)}\nreport: ${directory}/index.html`)
  }
  return 0
}
