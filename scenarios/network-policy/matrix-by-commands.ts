import { familyOf } from '../../helpers/cidr.ts'
import {
  type CellOutcome,
  type Host,
  type MatrixPort,
  type Outcome,
  type StepContext,
  type TransportResult,
  tcp,
  udp,
} from '../../src/index.ts'

const TIMEOUT_MS = 1000
const CONCURRENT = 6

/** A matrix without a prober: a command for each probe, a few at a time, for nodes that cannot run this program. */
export async function matrixByCommands(
  { signal }: StepContext,
  pods: readonly { readonly name: string; readonly host: Host }[],
  ports: readonly MatrixPort[],
  family: 4 | 6,
): Promise<readonly CellOutcome[]> {
  const pairs = pods.flatMap((from) => pods.filter((to) => to !== from).map((to) => ({ from, to })))
  const jobs = pairs.flatMap((pair) => ports.map((port) => ({ ...pair, port })))
  const cells: CellOutcome[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < jobs.length; at = next++) {
      const job = jobs[at]
      if (job === undefined) return
      const { from, to, port } = job
      const address = to.host.addresses.find((one) => familyOf(one) === family) ?? ''
      const startedAt = performance.now()
      const result = await probeByCommand(from.host, address, port, signal)
      cells[at] = {
        from: from.name,
        to: to.name,
        port,
        address,
        outcome: result.outcome,
        isDelivered: isDelivered(result.outcome),
        detail: result.detail,
        sourcePorts: [],
        durationMs: Math.round(performance.now() - startedAt),
      }
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, work))
  return cells
}

/** One probe by netcat. */
export async function probeByCommand(
  from: Host,
  address: string,
  { protocol, port }: MatrixPort,
  signal: AbortSignal,
): Promise<TransportResult> {
  const options = { timeoutMs: TIMEOUT_MS, signal }
  return protocol === 'udp' ? await udp(from, address, port, options) : await tcp(from, address, port, options)
}

/** Every pod serves every port: where one seems to refuse, something else did. */
export function isDelivered(outcome: Outcome): boolean | undefined {
  return outcome === 'error' ? undefined : outcome === 'ok'
}
