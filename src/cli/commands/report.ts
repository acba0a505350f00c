import { cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PacketproofError } from '../../errors.ts'
import { mergeRuns } from '../../report/merge-runs.ts'
import { readRun } from '../../report/read-run.ts'
import { headlineOf, statusOf } from '../../report/summary.ts'
import { writeReport } from '../../report/write-report.ts'
import { findRunDirectory } from '../find-run-directory.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, outputWidth, printData, printJson } from '../output.ts'
import { verdictTable } from '../verdict-table.ts'

/** `packetproof report [DIRECTORY]`: where the report is and what it says. */
export async function report(args: readonly string[], values: OptionValues): Promise<number> {
  const target = values.text('merge')
  if (target !== undefined) return await merge(target, args)
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

/** Exits with 1 when one of the runs has not passed: what shards found is judged once, here. */
async function merge(target: string, directories: readonly string[]): Promise<number> {
  if (directories.length === 0) throw new PacketproofError('E_USAGE', 'which runs? expected their folders')
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new PacketproofError('E_USAGE', `the folder ${target} is not empty`, {
      hint: 'name one that is not there yet',
    })
  }
  const folders = directories.map(findRunDirectory)
  const runs = await Promise.all(folders.map((folder) => readRun(folder)))
  const parts = runs.map((run, index) => ({ run, folder: `part-${index + 1}` }))
  for (const [index, { folder }] of parts.entries()) {
    cpSync(folders[index] ?? '', join(target, folder), { recursive: true })
  }
  const merged = mergeRuns(parts, ['packetproof', 'report', '--merge', target, ...directories])
  await writeReport(merged, target)
  printData(`${headlineOf(merged)}\nreport: ${target}/index.html`)
  const status = statusOf(merged)
  return status === 'passed' || status === 'skipped' ? 0 : 1
}
