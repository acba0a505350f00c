import { join } from 'node:path'
import { packageRoot } from '../helpers/package-root.ts'
import type { BenchContext, Benchmark, Figure } from './figure.ts'
import { repeat } from './figure.ts'
import { runProgram } from './run-program.ts'
import { median } from './statistics.ts'

export const masqueradeRun: Benchmark = {
  name: 'masquerade',
  what: 'packetproof run masquerade: every claim, from nothing to the report',
  measure,
}

interface RunDocument {
  readonly durationMs: number
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const { signal, folder } = context
  const command = [process.execPath, join(packageRoot(), 'bin/packetproof.mjs'), 'run', 'masquerade']
  const runs = await repeat(context, masqueradeRun.what, async () => {
    const { stdout, durationMs } = await runProgram([...command, '--format', 'json', '--quiet', '--out', folder], {
      signal,
    })
    return { engineMs: (JSON.parse(stdout) as RunDocument).durationMs, wholeMs: durationMs }
  })
  const rest = median(runs.map((run) => run.wholeMs - run.engineMs)).toFixed(0)
  return [
    {
      name: 'the masquerade scenario, engine',
      unit: 's',
      runs: runs.map((run) => run.engineMs / 1000),
      goal: { atMost: 5 },
      limit:
        'steps follow each other, since each changes the rules that the next one reads; within a step, ends of captures and runs of tools',
    },
    {
      name: 'the masquerade scenario, whole process',
      unit: 's',
      runs: runs.map((run) => run.wholeMs / 1000),
      limit: `${rest} ms of it are the start of Node.js, the modules, and the report`,
    },
  ]
}
