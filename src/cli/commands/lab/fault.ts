import { scenarios } from '../../../../scenarios/index.ts'
import { PacketproofError } from '../../../errors.ts'
import { addFault, type LabFault, removeFault } from '../../../lab/faults.ts'
import { openLab } from '../../../lab/open-lab.ts'
import type { OptionValues } from '../../option-values.ts'
import { outputWidth, printData, printJson } from '../../output.ts'
import { suggest } from '../../suggest.ts'
import { textTable } from '../../text-table.ts'

/** `packetproof fault add|remove|list …` */
export async function fault(args: readonly string[], values: OptionValues): Promise<number> {
  const [action = 'list', name = '', ...rest] = args
  if (!['add', 'remove', 'list'].includes(action)) {
    throw new PacketproofError('E_USAGE', `"${action}" is nothing that can be done with faults`, {
      hint: suggest(action, ['add', 'remove', 'list']),
    })
  }
  await using lab = await openLab(values.text('lab'))
  if (action === 'list') {
    list(lab.record.faults, values.text('format') === 'json')
    return 0
  }
  if (name === '') throw new PacketproofError('E_USAGE', `which fault? expected packetproof fault ${action} NAME`)
  if (action === 'remove') {
    await removeFault(lab, name)
    printData(`The fault "${name}" is gone: the rules are as they were before it.`)
    return 0
  }
  const chosen = readFault(name, rest)
  await addFault(lab, chosen)
  printData(`The fault "${chosen.name}" is in the lab; packetproof fault remove ${chosen.name} takes it out again.`)
  return 0
}

/** `SCENARIO/FAULT` of a scenario's fault list, or `NAME HOST COMMAND…`. */
function readFault(name: string, rest: readonly string[]): LabFault {
  const [on, ...run] = rest
  if (on !== undefined) {
    if (run.length === 0)
      throw new PacketproofError('E_USAGE', `what shall break on ${on}? expected a command after --`)
    return { name, on, run }
  }
  const known = scenarios.flatMap((scenario) =>
    scenario.faults.map((listed) => ({ ...listed, full: `${scenario.name}/${listed.name}` })),
  )
  const found = known.filter((listed) => listed.full === name || listed.name === name)
  const [only] = found
  if (only !== undefined && found.length === 1) return { name: only.name, on: only.on, run: only.run }
  const names = known.map(({ full }) => full)
  throw new PacketproofError('E_USAGE', `no scenario has the fault "${name}"`, { hint: suggest(name, names) })
}

function list(faults: readonly LabFault[], isJson: boolean): void {
  if (isJson) printJson({ schemaVersion: 1, faults: faults.map(({ name, on, run }) => ({ name, on, run })) })
  else if (faults.length === 0) printData('The lab has no faults.')
  else
    printData(
      textTable(
        faults.map(({ name, on, run }) => [name, on, run.join(' ')]),
        outputWidth(),
      ),
    )
}
