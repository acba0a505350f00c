import { join } from 'node:path'
import { packageRoot } from '../helpers/package-root.ts'
import { messageOf } from '../src/errors.ts'
import type { BenchContext, Benchmark, Figure, PeerResult } from './figure.ts'
import { repeat } from './figure.ts'
import { isInstalled } from './installed.ts'
import { benchProgram, isolated, runProgram } from './run-program.ts'
import { marginal, median } from './statistics.ts'

const FEW = 10
const MANY = 100

export const podCost: Benchmark = {
  name: 'pods',
  what: `one more pod at ${MANY}: (time of ${MANY} - time of ${FEW}) / ${MANY - FEW}, beside one more Mininet host`,
  measure,
}

interface CostRun {
  readonly podMs: number
  readonly mininet: { readonly startMs: number; readonly stopMs: number } | undefined
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const missing = isInstalled('mn') ? undefined : 'apt-get install mininet'
  let skipped = missing
  const runs = await repeat(context, podCost.what, async (): Promise<CostRun> => {
    const podMs = marginal(FEW, await timePods(FEW, context), MANY, await timePods(MANY, context))
    if (skipped !== undefined) return { podMs, mininet: undefined }
    try {
      return { podMs, mininet: await costOfHost(context) }
    } catch (error) {
      context.signal.throwIfAborted()
      skipped = messageOf(error)
      return { podMs, mininet: undefined }
    }
  })
  const hosts = runs.flatMap(({ mininet }) => mininet ?? [])
  const name = 'Mininet, one more host'
  const peer: PeerResult = skipped === undefined ? { name, runs: hosts.map((host) => host.startMs) } : { name, skipped }
  const stopping =
    hosts.length === 0 ? '' : `; stopping costs Mininet ${median(hosts.map((h) => h.stopMs)).toFixed(1)} ms per host`
  return [
    {
      name: `one more pod at ${MANY} pods`,
      unit: 'ms',
      runs: runs.map((run) => run.podMs),
      goal: { timesBetter: 10 },
      peers: [peer],
      limit:
        `one thread of the cluster server makes namespaces, link, root file system, process and status of every pod; the largest ` +
        `parts are the start of the process through unshare, mount and setpriv, mounts, and netlink. The client shares the cores with it. ` +
        `A Mininet host is a namespace, a link and a shell, without an API or a file system of its own${stopping}`,
    },
  ]
}

async function timePods(count: number, { signal }: BenchContext): Promise<number> {
  const run = await runProgram(benchProgram('start-cluster', String(count)), { signal })
  return (JSON.parse(run.stdout) as { podsMs: number }).podsMs
}

async function costOfHost(context: BenchContext): Promise<{ startMs: number; stopMs: number }> {
  const few = await runMininet(FEW, context)
  const many = await runMininet(MANY, context)
  return {
    startMs: marginal(FEW, few.startMs, MANY, many.startMs),
    stopMs: marginal(FEW, few.stopMs, MANY, many.stopMs),
  }
}

/** The machine's sysctls are read-only there, so that nothing Mininet does reaches the machine. */
const READ_ONLY_SYSCTLS =
  'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && ip link set lo up && exec "$@"'

async function runMininet(count: number, { signal }: BenchContext): Promise<{ startMs: number; stopMs: number }> {
  // Debian's own interpreter: its packages are out of reach of any other that is first in PATH.
  const mininet = ['/usr/bin/python3', join(packageRoot(), 'bench/mininet-hosts.py'), String(count)]
  const run = await runProgram(isolated(['sh', '-ec', READ_ONLY_SYSCTLS, 'sh', ...mininet]), { signal })
  return JSON.parse(run.stdout) as { startMs: number; stopMs: number }
}
