import { listLabs } from '../../../lab/list-labs.ts'
import type { OptionValues } from '../../option-values.ts'
import { outputWidth, printData, printJson } from '../../output.ts'
import { textTable } from '../../text-table.ts'

/** `packetproof ls` */
export async function ls(_args: readonly string[], values: OptionValues): Promise<number> {
  const labs = listLabs()
  if (values.text('format') === 'json') {
    printJson({
      schemaVersion: 1,
      labs: labs.map(({ name, state, record, problem }) => ({
        name,
        state,
        provider: record?.provider ?? null,
        profile: record?.profile.name ?? null,
        createdAt: record?.createdAt ?? null,
        components: record?.components.map((component) => component.name) ?? [],
        faults: record?.faults.map((fault) => fault.name) ?? [],
        problem: problem ?? null,
      })),
    })
    return 0
  }
  if (labs.length === 0) {
    printData('There is no lab. packetproof up makes one.')
    return 0
  }
  const rows = labs.map(({ name, state, record, problem }) => [
    name,
    state,
    record?.provider ?? '',
    record?.profile.nodes.map((node) => node.name).join(' ') ?? '',
    record === undefined ? '' : record.createdAt.slice(0, 19).replace('T', ' '),
    problem ?? [...(record?.components ?? []), ...(record?.faults ?? [])].map((item) => item.name).join(' '),
  ])
  printData(textTable([['NAME', 'STATE', 'PROVIDER', 'NODES', 'SINCE (UTC)', 'DEPLOYED'], ...rows], outputWidth()))
  return 0
}
