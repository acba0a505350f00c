import { writeFileSync } from 'node:fs'
import { invalidInput, messageOf, PacketproofError } from '../../errors.ts'
import { compareRuns } from '../../report/compare/compare-runs.ts'
import type { ComparedScenario, Comparison, Likeness } from '../../report/compare/comparison.ts'
import { comparisonPage } from '../../report/compare/comparison-page.ts'
import type { Run } from '../../report/model.ts'
import { readRun } from '../../report/read-run.ts'
import { findRunDirectory } from '../find-run-directory.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, outputWidth, printData, printJson } from '../output.ts'
import { textTable } from '../text-table.ts'

/** `packetproof compare RUN_A RUN_B`: exits with 0 when they say the same, 1 when they differ. */
export async function compare(args: readonly string[], values: OptionValues): Promise<number> {
  const [first, second] = await Promise.all([read(args[0]), read(args[1])])
  const comparison = compareRuns(first, second)
  const shared = comparison.scenarios.filter(({ made }) => made.every((one) => one !== undefined))
  if (shared.length === 0) {
    throw new PacketproofError('E_USAGE', 'the two runs have no scenario in common', {
      hint: `the first has ${namesOf(first)}, the second ${namesOf(second)}`,
    })
  }
  const page = values.text('out')
  if (page !== undefined) writePage(page, comparison)
  if (values.text('format') === 'json') printJson(comparison)
  else printData(comparisonText(comparison, values.flag('all')))
  return comparison.differences === 0 ? 0 : 1
}

async function read(path = ''): Promise<Run> {
  return readRun(path.endsWith('.json') ? path : findRunDirectory(path))
}

function writePage(file: string, comparison: Comparison): void {
  try {
    writeFileSync(file, comparisonPage(comparison))
  } catch (error) {
    throw invalidInput(`--out ${file}: cannot write the page: ${messageOf(error)}`, {
      hint: 'expected a file in a folder that exists',
      cause: error,
    })
  }
}

function namesOf({ scenarios }: Run): string {
  return scenarios.map(({ name }) => name).join(', ') || 'none'
}

/** @param isAll show what is equal as well. */
function comparisonText(comparison: Comparison, isAll: boolean): string {
  const { environment, differences, runs } = comparison
  const style = outputStyle()
  const changed = environment.filter(({ likeness }) => isAll || likeness !== 'same')
  const rows = changed.map(({ what, first = '–', second = '–' }) => [`  ${what}`, first, second])
  const total =
    differences === 0
      ? style.green('no differences')
      : style.red(`${differences} difference${differences === 1 ? '' : 's'}`)
  return [
    ...comparison.scenarios.map((scenario) => scenarioText(scenario, isAll)),
    ...(rows.length === 0 ? [] : [`${style.bold('environment')}\n${textTable(rows, outputWidth())}`]),
    `${total} between ${runs.join(' and ')}`,
  ].join('\n\n')
}

function scenarioText(scenario: ComparedScenario, isAll: boolean): string {
  const style = outputStyle()
  const { name, made, claims, evidence } = scenario
  const marks = {
    same: style.green('='),
    different: style.red('≠'),
    'only-first': style.dim('<'),
    'only-second': style.dim('>'),
  }
  const isShown = ({ likeness }: { readonly likeness: Likeness }): boolean => isAll || likeness === 'different'
  const claimRows = claims
    .filter((claim) => isAll || claim.likeness !== 'same')
    .map(({ what, first = '–', second = '–', likeness, statement }) => [
      ` ${marks[likeness]} ${what}`,
      first,
      second,
      statement,
    ])
  const evidenceLines = evidence
    .filter(isShown)
    .flatMap(({ kind, title, rows, likeness }) => [
      ` ${marks[likeness]} ${kind}: ${title}`,
      ...rows
        .filter((row) => row.likeness === 'different')
        .flatMap(({ what, first = '–', second = '–' }) => [
          `     ${what}`,
          `       first   ${first}`,
          `       second  ${second}`,
        ]),
    ])
  const count = (items: readonly { readonly likeness: Likeness }[]): string => {
    const of = (likeness: Likeness): number => items.filter((item) => item.likeness === likeness).length
    const alone = of('only-first') + of('only-second')
    return `${of('same')} the same, ${of('different')} different${alone === 0 ? '' : `, ${alone} in one run only`}`
  }
  const summary = `claims: ${count(claims)}; evidence: ${count(evidence)}`
  return [
    `${style.bold(name)}: ${made.map((one) => one ?? '(absent)').join('  |  ')}`,
    ...(claimRows.length === 0 ? [] : [textTable(claimRows, outputWidth())]),
    ...evidenceLines,
    `   ${summary}`,
  ].join('\n')
}
