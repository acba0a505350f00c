import { appendFile } from 'node:fs/promises'
import { markdownLimitBytes, renderMarkdown } from './markdown.ts'
import type { Run, ScenarioRun } from './model.ts'
import { cut, printable } from './printable.ts'
import { isCaught, outcomeOf } from './summary.ts'

interface Annotation {
  readonly file: string | undefined
  readonly title: string
  readonly message: string
}

/** GitHub shows the first ten errors of a step only. */
const annotationLimit = 10

/** Workflow commands, one to a line: an error for each unexpected verdict, uncaught fault and problem. */
export function renderAnnotations(run: Run): string {
  const all = [
    ...run.scenarios.flatMap(annotationsOf),
    ...run.problems.map((message) => ({ file: undefined, title: 'problem', message })),
  ]
  const shown = all.length <= annotationLimit ? all : all.slice(0, annotationLimit - 1)
  const rest = all.length - shown.length
  const lines = [
    ...shown,
    ...(rest === 0
      ? []
      : [
          {
            file: undefined,
            title: `${rest} more`,
            message: all
              .slice(shown.length)
              .map((one) => one.title)
              .join('\n'),
          },
        ]),
  ]
  return lines
    .map(
      (one) =>
        `::error ${one.file === undefined ? '' : `file=${property(one.file)},`}title=${property(one.title)}::${data(cut(one.message, 3000))}\n`,
    )
    .join('')
}

function annotationsOf(scenario: ScenarioRun): Annotation[] {
  const base = { file: scenario.sourceFile }
  const end =
    scenario.error === undefined
      ? []
      : [{ ...base, title: `${scenario.name}: ${scenario.status}`, message: scenario.error.message }]
  const claims = scenario.claims
    .filter((claim) => ['unexpected', 'inconclusive'].includes(outcomeOf(claim)))
    .map((claim) => ({
      ...base,
      title: `${scenario.name} ${claim.id}: ${claim.verdict}`,
      message: [
        claim.statement,
        claim.reason ?? '',
        ...claim.checks
          .filter((check) => !check.passed)
          .map((check) => `${check.what}: expected ${check.expected}, observed ${check.observed}`),
      ]
        .filter((line) => line !== '')
        .join('\n'),
    }))
  const faults = (scenario.faults ?? [])
    .filter((fault) => !isCaught(fault))
    .map((fault) => ({
      ...base,
      title: `${scenario.name}: fault not caught`,
      message: `${fault.name}${fault.injectionError === undefined ? '' : `: ${fault.injectionError}`}`,
    }))
  return [...end, ...claims, ...faults]
}

function data(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/**
 * What GitHub Actions shows of a run: appends the summary to the step summary, and returns the annotations, which the
 * caller prints. Elsewhere (`GITHUB_ACTIONS` is not `true`) it does nothing and returns an empty text.
 */
export async function reportToGithub(
  run: Run,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (environment['GITHUB_ACTIONS'] !== 'true') return ''
  const file = environment['GITHUB_STEP_SUMMARY']
  if (file !== undefined && file !== '') await appendFile(file, renderMarkdown(run, markdownLimitBytes))
  return renderAnnotations(run)
}
