import type { Check, CheckResult } from '../doctor/check.ts'
import { checkDatapath } from '../doctor/datapath.ts'
import { checkKind } from '../doctor/kind.ts'
import { checkEnvironment, checkKubectl, checkSystem } from '../doctor/machine.ts'
import { checkSubordinateIds } from '../doctor/namespaces.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, outputWidth, printData, printJson } from '../output.ts'
import type { Style } from '../style.ts'
import { textTable } from '../text-table.ts'

const checks: readonly Check[] = [
  checkSystem,
  checkEnvironment,
  checkSubordinateIds,
  checkDatapath,
  checkKubectl,
  checkKind,
]

/** `packetproof doctor`: exits with 3 when the netns provider cannot run here. */
export async function doctor(_args: readonly string[], values: OptionValues): Promise<number> {
  const results: CheckResult[] = []
  for (const check of checks) results.push(...[await check()].flat())
  const hasFailed = results.some(({ status }) => status === 'failed')
  if (values.text('format') === 'json') printJson({ usable: !hasFailed, checks: results })
  else printData(toText(results, hasFailed, outputStyle()))
  return hasFailed ? 3 : 0
}

function toText(results: readonly CheckResult[], hasFailed: boolean, style: Style): string {
  const marks = { ok: style.green('✓'), warning: style.yellow('!'), failed: style.red('✗') }
  const rows = results.map(({ name, status, detail }) => [` ${marks[status]} ${name}`, detail])
  const fixes = new Set(results.flatMap(({ fix }) => fix ?? []))
  const advice = [...fixes].map((fix) => {
    const names = results.filter((result) => result.fix === fix).map(({ name }) => name)
    return ` ${names.join(', ')}: ${fix}`
  })
  const verdict = hasFailed ? 'The netns provider cannot run here.' : 'The netns provider can run here.'
  return [
    textTable(rows, outputWidth()),
    ...(advice.length > 0 ? ['', 'What to do', ...advice] : []),
    '',
    verdict,
  ].join('\n')
}
