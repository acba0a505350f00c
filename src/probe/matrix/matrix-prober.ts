import type { Host } from '../../cluster/host.ts'
import { ProbeSession } from '../prober/probe-session.ts'
import type { ProbeReport, ProbeSpec, ProbeTiming } from '../prober/protocol.ts'
import { type ProberProcess, startProber } from '../prober/start-prober.ts'
import { explainSilence } from './explain-silence.ts'
import { judgeCell } from './judge-cell.ts'
import { type PlannedCell, planMatrix } from './plan-cells.ts'
import type { MatrixRequest, MatrixResult } from './types.ts'

const DEFAULT_TIMEOUT_MS = 300
/** A server that has been reached answers when its process gets its turn; that is not the network's time. */
const ANSWER_MS = 2000
/** On a machine so busy that a server's own answer to itself takes this part of the time limit, silence is looked at again. */
const SLOW_SHARE = 1 / 3
const SECOND_LOOK_FACTOR = 5

/** Probes matrices; its probers, one process for each node, stay between them. */
export class MatrixProber implements AsyncDisposable {
  readonly #probers = new Map<string, ProberProcess>()
  readonly #startings = new Map<string, Promise<ProberProcess>>()

  /**
   * Probes every pair of the request at once. A pair that meets silence is tried three times within `timeoutMs`, each time from
   * another source port, before it counts as `timed-out`.
   * @throws PacketproofError E_TOOL_MISSING where a node cannot run a prober; E_EXEC_FAILED when one ended.
   */
  async run(request: MatrixRequest): Promise<MatrixResult> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = request
    const startedAt = performance.now()
    const plan = planMatrix(request)
    const planned = await this.#withoutUnavailable([...plan.cells, ...plan.controls], signal)
    const { reports, confirmed } = await this.#probe(planned, timingOf(timeoutMs), request.countDrops, signal)
    const controlCells = planned.slice(plan.cells.length)
    const again = planned.filter(({ spec }) => {
      const report = spec && reports.get(spec.id)
      return report?.outcome === 'timed-out' && !confirmed.has(report.id)
    })
    const controlsMs = controlCells.map(({ spec }) => (spec && reports.get(spec.id)?.durationMs) ?? 0)
    if (again.length > 0 && Math.max(0, ...controlsMs) > timeoutMs * SLOW_SHARE) {
      const second = await this.#probe(again, timingOf(timeoutMs * SECOND_LOOK_FACTOR), undefined, signal)
      for (const [id, report] of second.reports) reports.set(id, mergeReports(reports.get(id), report))
    }
    const reportOf = ({ spec }: PlannedCell): ProbeReport | undefined => spec && reports.get(spec.id)
    const controls = controlCells.map((cell) => ({ cell, report: reportOf(cell) }))
    return {
      cells: planned.slice(0, plan.cells.length).map((cell) => judgeCell(cell, reportOf(cell), controls, confirmed)),
      controls: controls.map(({ cell, report }) => judgeCell(cell, report, [], confirmed)),
      durationMs: Math.round(performance.now() - startedAt),
      timeoutMs,
    }
  }

  /** Deletes what a node's connection tracking remembers of connections from these addresses or CIDRs. */
  async forgetConnections(node: Host, sources: readonly string[], signal?: AbortSignal): Promise<void> {
    const prober = await this.#proberOn(node, signal)
    await new Promise<void>((resolve, reject) => {
      const batch = prober.open({
        onAnswer: (answer) => {
          prober.close(batch)
          if (answer.type === 'failed') reject(new Error(answer.message))
          else resolve()
        },
        onEnd: reject,
      })
      prober.send({ type: 'forget', batch, places: sources })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#startings.values())
    const probers = [...this.#probers.values()]
    this.#probers.clear()
    await Promise.all(probers.map(async (prober) => await prober[Symbol.asyncDispose]()))
  }

  async #proberOn(host: Host, signal: AbortSignal | undefined): Promise<ProberProcess> {
    const key = `${host.kind} ${host.name}`
    const known = this.#probers.get(key)
    if (known !== undefined && !known.hasEnded) return known
    const starting = this.#startings.get(key) ?? startProber(host, signal)
    this.#startings.set(key, starting)
    try {
      const started = await starting
      this.#probers.set(key, started)
      return started
    } finally {
      this.#startings.delete(key)
    }
  }

  async #withoutUnavailable(
    cells: readonly PlannedCell[],
    signal: AbortSignal | undefined,
  ): Promise<readonly PlannedCell[]> {
    return await Promise.all(
      cells.map(async (cell) => {
        if (cell.spec === undefined) return cell
        const { unavailable } = await this.#proberOn(cell.proberHost, signal)
        const reason = unavailable[cell.port.protocol]
        return reason === undefined ? cell : { ...cell, spec: undefined, reason: `${cell.proberHost.name}: ${reason}` }
      }),
    )
  }

  async #probe(
    cells: readonly PlannedCell[],
    timing: ProbeTiming,
    countDrops: MatrixRequest['countDrops'],
    signal: AbortSignal | undefined,
  ): Promise<{ reports: Map<number, ProbeReport>; confirmed: ReadonlySet<number> }> {
    const before = await countDrops?.()
    let lastProgressAt = performance.now()
    const sessions = await Promise.all(
      [...groupByHost(cells)].map(async ([host, specs]) => {
        const prober = await this.#proberOn(host, signal)
        return new ProbeSession(prober, specs, timing, () => {
          lastProgressAt = performance.now()
        })
      }),
    )
    try {
      signal?.throwIfAborted()
      const confirmed = await explainSilence(
        sessions,
        () => lastProgressAt,
        countDrops && (async () => (await countDrops()) - (before ?? 0)),
        signal,
      )
      return { reports: new Map(sessions.flatMap((session) => [...session.reports])), confirmed }
    } finally {
      for (const session of sessions) session.close()
    }
  }
}

function timingOf(timeoutMs: number): ProbeTiming {
  return { timeoutMs, attemptsAtMs: [0, timeoutMs / 3, (timeoutMs * 2) / 3], answerMs: ANSWER_MS }
}

function groupByHost(cells: readonly PlannedCell[]): ReadonlyMap<Host, readonly ProbeSpec[]> {
  const groups = new Map<Host, ProbeSpec[]>()
  for (const { proberHost, spec } of cells) {
    if (spec === undefined) continue
    const known = [...groups.keys()].find(({ kind, name }) => kind === proberHost.kind && name === proberHost.name)
    if (known === undefined) groups.set(proberHost, [spec])
    else groups.get(known)?.push(spec)
  }
  return groups
}

function mergeReports(first: ProbeReport | undefined, second: ProbeReport): ProbeReport {
  return { ...second, sourcePorts: [...(first?.sourcePorts ?? []), ...second.sourcePorts] }
}
