import type { BenchContext, Benchmark, Figure } from './figure.ts'
import { repeat } from './figure.ts'
import { benchProgram, runProgram } from './run-program.ts'
import { median } from './statistics.ts'

const POD_COUNT = 9

export const clusterStart: Benchmark = {
  name: 'cluster',
  what: `3 nodes and ${POD_COUNT} pods, from nothing until the API shows all of them Ready`,
  measure,
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const runs = await repeat(context, clusterStart.what, async () => {
    const run = await runProgram(benchProgram('start-cluster', String(POD_COUNT)), { signal: context.signal })
    const { createMs, podsMs } = JSON.parse(run.stdout) as { createMs: number; podsMs: number }
    return { createMs, podsMs, processMs: run.firstLineMs ?? run.durationMs, wholeMs: run.durationMs }
  })
  const middle = (pick: (run: (typeof runs)[number]) => number): string => median(runs.map(pick)).toFixed(0)
  return [
    {
      name: `3 nodes + ${POD_COUNT} pods, from createNetnsCluster`,
      unit: 's',
      runs: runs.map((run) => (run.createMs + run.podsMs) / 1000),
      goal: { atMost: 0.5 },
      limit:
        `API and nodes ready after ${middle((run) => run.createMs)} ms (a cold Node.js process inside the namespaces, then three ` +
        `nodes), the pods ${middle((run) => run.podsMs)} ms later`,
    },
    {
      name: `3 nodes + ${POD_COUNT} pods, from a cold process`,
      unit: 's',
      runs: runs.map((run) => run.processMs / 1000),
      limit:
        `${middle((run) => run.processMs - run.createMs - run.podsMs)} ms go to the start of Node.js and the loading of the ` +
        `Kubernetes client; with the removal of the cluster it is ${middle((run) => run.wholeMs)} ms`,
    },
  ]
}
