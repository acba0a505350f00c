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
  readonly run: { readonly durationMs: number }
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const { signal, folder } = context
  const command = [process.execPath, join(packageRoot(), 'bin/packetproof.mjs'), 'run', 'masquerade']
  const runs = await repeat(context, masqueradeRun.what, async () => {
    const { stdout, durationMs } = await runProgram([...command, '--format', 'json', '--quiet', '--out', folder], {
      signal,
    })
    return { engineMs: (JSON.parse(stdout) as RunDocument).run.durationMs, wholeMs: durationMs }
  })
  const rest = median(runs.map((run) => run.wholeMs - run.engineMs)).toFixed(0)
  return [
    {
      name: 'the masquerade scenario, engine',
      unit: 's',
      runs: runs.map((run) => run.engineMs / 1000),
      goal: { atMost: 5 },
      limit:
        'the cluster server starts some 500 commands for agents, probes, captures and listings, one at a time: each start blocks it ' +
        'until the command has been executed (1 to 3 ms). Steps follow each other, since each changes rules that the next one reads',
    },
    {
      name: 'the masquerade scenario, whole process',
      unit: 's',
      runs: runs.map((run) => run.wholeMs / 1000),
      limit: `${rest} ms of it are the start of Node.js, the modules, and the report`,
    },
  ]
}
