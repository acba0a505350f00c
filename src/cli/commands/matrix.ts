import { PacketproofError } from '../../errors.ts'
import { explanationText } from '../../explain/explanation-text.ts'
import { parseMatrixPort, printMatrixPort } from '../../probe/matrix/matrix-port.ts'
import type { MatrixPort } from '../../probe/matrix/types.ts'
import { requireScenarioTools } from '../../providers/netns/client/find-tool.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { type CellChoice, explainCells, parseCellChoice } from '../matrix/explain-cells.ts'
import { selectPolicyVariant } from '../matrix/matrix-components.ts'
import { isAsExpected, matrixJson } from '../matrix/matrix-json.ts'
import { describeProblems, matrixSummary, matrixTable } from '../matrix/matrix-table.ts'
import { type MatrixWorld, podSpecOf, readWorld } from '../matrix/read-world.ts'
import { declaredPorts, replaceImages, requireKnownImages } from '../matrix/replace-images.ts'
import { type MatrixPlan, withMatrix } from '../matrix/run-matrix.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, outputWidth, printData, printJson } from '../output.ts'

const DEFAULT_PORT: MatrixPort = { protocol: 'tcp', port: 80 }

/** `packetproof matrix -f PATH`: exits with 1 when a cell is not what the NetworkPolicy API demands. */
export async function matrix(_args: readonly string[], values: OptionValues): Promise<number> {
  const choices = values.list('explain').map(parseCellChoice)
  const isQuiet = values.flag('quiet')
  const say = (text: string): void => {
    if (!isQuiet) process.stderr.write(`${text}\n`)
  }
  const plan = await readPlan(values, say)
  using interrupt = listenForInterrupt(values.durationMs('timeout'), say)
  requireScenarioTools()
  for (const note of plan.world.notes) say(`note: ${note}`)
  try {
    return await probeAndPrint({ ...plan, signal: interrupt.signal }, choices, values.text('format') === 'json')
  } catch (error) {
    const signalled = interrupt.exitCode()
    if (signalled !== undefined) return signalled
    throw error
  }
}

async function readPlan(values: OptionValues, say: MatrixPlan['say']): Promise<Omit<MatrixPlan, 'signal'>> {
  const paths = values.list('filename')
  if (paths.length === 0) {
    throw new PacketproofError('E_USAGE', 'which manifests? expected -f FILE or -f FOLDER', {
      hint: 'packetproof matrix --help shows examples',
    })
  }
  const asked = values
    .list('ports')
    .flatMap((text) => text.split(','))
    .map(parseMatrixPort)
  const given = await readWorld(paths)
  const ports = uniquePorts(asked.length > 0 ? asked : portsOf(given))
  const replaces = values.flag('replace-images')
  if (!replaces) requireKnownImages(given.workloads)
  const workloads = replaces ? given.workloads.map((workload) => replaceImages(workload, ports)) : given.workloads
  return {
    world: { ...given, workloads },
    ports,
    via: values.text('via') === 'service' ? 'service' : 'ip',
    family: values.text('family') === '6' ? 6 : 4,
    alsoFrom: new Set(values.list('from').flatMap((text) => (text === 'nodes' || text === 'machines' ? [text] : []))),
    variant: selectPolicyVariant(values.list('component')),
    say,
  }
}

/** Those that containers declare. */
function portsOf({ workloads }: MatrixWorld): readonly MatrixPort[] {
  const ports = workloads.flatMap(({ object }) => declaredPorts(podSpecOf(object)?.containers ?? []))
  return ports.length > 0 ? ports : [DEFAULT_PORT]
}

function uniquePorts(ports: readonly MatrixPort[]): readonly MatrixPort[] {
  return [...new Map(ports.map((port) => [printMatrixPort(port), port])).values()]
}

async function probeAndPrint(plan: MatrixPlan, choices: readonly CellChoice[], isJson: boolean): Promise<number> {
  return await withMatrix(plan, async (probed) => {
    const explained = await explainCells(probed, choices, plan.signal)
    if (isJson) printJson(matrixJson(plan, probed, explained))
    else {
      const style = outputStyle()
      const how = plan.via === 'service' ? 'by Service' : 'by pod IP'
      printData(`${matrixTable(probed.cells, outputWidth(), style)}\n`)
      for (const problem of describeProblems(probed.cells)) printData(`${style.red('!')} ${problem}`)
      for (const { cell, explanation } of explained) {
        printData(`\n${style.bold(`${cell.from} -> ${cell.to} ${printMatrixPort(cell.port)}`)} (${cell.reason})`)
        printData(explanationText(explanation, style))
      }
      printData(`${matrixSummary(probed.cells)}; ${how}, probed in ${probed.result.durationMs} ms`)
    }
    return isAsExpected(probed.cells) ? 0 : 1
  })
}
