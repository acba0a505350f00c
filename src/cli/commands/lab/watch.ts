import { type WatchRound, watchPods } from '../../../explore/watch-pods.ts'
import { watchChanges, watchTable } from '../../../explore/watch-table.ts'
import { openLab } from '../../../lab/open-lab.ts'
import { parseMatrixPort } from '../../../probe/matrix/matrix-port.ts'
import { listenForInterrupt } from '../../interrupt.ts'
import type { OptionValues } from '../../option-values.ts'
import { outputStyle, printData } from '../../output.ts'

const defaultPort = 'tcp/80'
const defaultIntervalMs = 500

/** `packetproof watch [HOST…]`: until Ctrl-C. */
export async function watch(args: readonly string[], values: OptionValues): Promise<number> {
  const asked = values.list('ports').flatMap((text) => text.split(','))
  const ports = (asked.length > 0 ? asked : [defaultPort]).map(parseMatrixPort)
  const intervalMs = values.durationMs('interval') ?? defaultIntervalMs
  using interrupt = listenForInterrupt(values.durationMs('timeout'), () => undefined)
  await using lab = await openLab(values.text('lab'))
  const show = process.stdout.isTTY ? redraw : printChanges
  let before: WatchRound | undefined
  const onRound = (round: WatchRound): void => {
    show(round, before)
    before = round
  }
  await watchPods(lab.cluster, { hosts: args, ports, intervalMs, signal: interrupt.signal }, onRound).catch(
    (error: unknown) => {
      if (!interrupt.signal.aborted) throw error
    },
  )
  return 0
}

/** The cursor goes to the top, and what is left of the screen is cleared. */
const toTop = '\u001B[H'
const clearRest = '\u001B[J'

function redraw(round: WatchRound, before: WatchRound | undefined): void {
  const { green, red, dim, bold } = outputStyle()
  const table = watchTable(round, before, { good: green, bad: red, dim, changed: bold })
  const line = dim(
    `${new Date().toTimeString().slice(0, 8)}  ${round.cells.length} probes in ${round.durationMs} ms; * has changed; Ctrl-C ends`,
  )
  process.stdout.write(`${before === undefined ? '\u001B[2J' : ''}${toTop}${table}\n${line}\n${clearRest}`)
}

function printChanges(round: WatchRound, before: WatchRound | undefined): void {
  const time = new Date().toTimeString().slice(0, 8)
  for (const line of watchChanges(round, before)) printData(`${time}  ${line}`)
}
