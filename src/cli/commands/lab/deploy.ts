import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { invalidInput, messageOf } from '../../../errors.ts'
import { deployComponent, removeComponent } from '../../../lab/components.ts'
import { openLab } from '../../../lab/open-lab.ts'
import { listenForInterrupt } from '../../interrupt.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

/** `packetproof deploy COMPONENT` */
export async function deploy(args: readonly string[], values: OptionValues): Promise<number> {
  const [name = '', ...agentArguments] = args
  const file = values.text('options')
  const variant = values.text('variant')
  const options = {
    ...(file !== undefined && readOptions(file)),
    ...(variant !== undefined && {
      variant: variant === 'builtin' || variant === 'upstream' ? variant : { image: variant },
    }),
    ...(agentArguments.length > 0 && { args: agentArguments }),
  }
  using interrupt = listenForInterrupt(values.durationMs('timeout'), (text) => process.stderr.write(`\n${text}\n`))
  await using lab = await openLab(values.text('lab'))
  const start = performance.now()
  await deployComponent(lab, name, options, interrupt.signal)
  printData(
    `${name} is in place on the nodes of "${lab.record.name}" (${((performance.now() - start) / 1000).toFixed(1)} s).`,
  )
  return 0
}

/** `packetproof remove COMPONENT` */
export async function remove(args: readonly string[], values: OptionValues): Promise<number> {
  using interrupt = listenForInterrupt(values.durationMs('timeout'), (text) => process.stderr.write(`\n${text}\n`))
  await using lab = await openLab(values.text('lab'))
  const [name = ''] = args
  await removeComponent(lab, name, interrupt.signal)
  printData(`${name} is gone from "${lab.record.name}"; nothing of it is left.`)
  return 0
}

function readOptions(file: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw invalidInput(`--options ${file} cannot be read: ${messageOf(cause)}`, { cause })
  }
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw invalidInput(`--options ${file}: ${error.message}`, { cause: error })
  const value: unknown = document.toJS()
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw invalidInput(`--options ${file}: expected a mapping of option names to values`)
}
