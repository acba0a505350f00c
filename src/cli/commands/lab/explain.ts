import { writeFileSync } from 'node:fs'
import { explain as explainPacket } from '../../../explain/explain.ts'
import type { ExplainedProtocol } from '../../../explain/explanation.ts'
import { explanationSvg } from '../../../explain/explanation-svg.ts'
import { explanationText } from '../../../explain/explanation-text.ts'
import { openLab } from '../../../lab/open-lab.ts'
import { listenForInterrupt } from '../../interrupt.ts'
import type { OptionValues } from '../../option-values.ts'
import { outputStyle, printData, printJson } from '../../output.ts'

/** `packetproof explain SRC DST[:PORT]`: exits with 0 when the packet was answered, 1 when it was not. */
export async function explain(args: readonly string[], values: OptionValues): Promise<number> {
  const [from = '', to = ''] = args
  const protocol = values.text('proto') as ExplainedProtocol | undefined
  const timeoutMs = values.durationMs('timeout')
  using interrupt = listenForInterrupt(undefined, (text) => process.stderr.write(`\n${text}\n`))
  await using lab = await openLab(values.text('lab'))
  const told = await explainPacket(lab.cluster, {
    from,
    to,
    ...(protocol !== undefined && { protocol }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    signal: interrupt.signal,
  })
  const svg = values.text('svg')
  if (svg !== undefined) writeFileSync(svg, explanationSvg(told))
  if (values.text('format') === 'json') printJson(told)
  else printData(explanationText(told, outputStyle()))
  return told.outcome.outcome === 'ok' ? 0 : 1
}
