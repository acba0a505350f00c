import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../helpers/package-root.ts'
import { type BenchContext, type Benchmark, type Figure, repeat } from './figure.ts'
import { runProgram } from './run-program.ts'

export const lab: Benchmark = {
  name: 'lab',
  what: 'a lab from up to the prompt, one packet explained in it, and down',
  measure,
}

interface LabTimes {
  readonly upMs: number
  readonly explainMs: number
  readonly explainWholeMs: number
  readonly downMs: number
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const runs = await repeat(context, lab.what, () => measureLab(context.signal))
  return [
    {
      name: 'up, from the command to the prompt',
      unit: 's',
      runs: runs.map((run) => run.upMs / 1000),
      goal: { atMost: 1 },
      limit:
        'two cold Node.js processes, the command and the keeper of the lab, and then the cluster server in its namespaces',
    },
    {
      name: 'explain one packet between nodes, as its story says',
      unit: 'ms',
      runs: runs.map((run) => run.explainMs),
      goal: { atMost: 300 },
      limit: 'captures and traces that have to be ready before the packet, and the quiet after it',
    },
    {
      name: 'explain one packet between nodes, the whole command',
      unit: 'ms',
      runs: runs.map((run) => run.explainWholeMs),
      limit: 'the start of Node.js and the loading of the Kubernetes client',
    },
    {
      name: 'down, with all that was in the lab',
      unit: 'ms',
      runs: runs.map((run) => run.downMs),
      limit: 'the start of Node.js, and the kernel taking namespaces back',
    },
  ]
}

/** In a folder of its own, so that labs of the user are neither seen nor touched. */
async function measureLab(signal: AbortSignal): Promise<LabTimes> {
  const folder = mkdtempSync(join(tmpdir(), 'packetproof-bench-lab-'))
  const env = { XDG_RUNTIME_DIR: folder, DOCKER_HOST: `unix://${folder}/none.sock` }
  const packetproof = (...args: readonly string[]) =>
    runProgram([process.execPath, join(packageRoot(), 'bin/packetproof.mjs'), ...args], { signal, env })
  try {
    const up = await packetproof('up', 'lab', '--name', 'bench')
    const explained = await packetproof('explain', 'worker-1', 'worker-2', '--format', 'json')
    const down = await packetproof('down', 'bench')
    const { durationMs } = JSON.parse(explained.stdout) as { durationMs: number }
    return {
      upMs: up.durationMs,
      explainMs: durationMs,
      explainWholeMs: explained.durationMs,
      downMs: down.durationMs,
    }
  } finally {
    // Also when the measurement was given up half-way.
    await runProgram([process.execPath, join(packageRoot(), 'bin/packetproof.mjs'), 'down', '--all', '--quiet'], {
      signal: AbortSignal.timeout(30_000),
      env,
    })
    rmSync(folder, { recursive: true, force: true })
  }
}
