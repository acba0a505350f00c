import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

export interface MachineFacts {
  readonly machine: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
}

/** What figures depend on, as it was before the first run. */
export function readMachineFacts(): MachineFacts {
  const cores = availableParallelism()
  const load = loadavg()[0] ?? 0
  const machine = {
    cores: String(cores),
    cpu: cpus()[0]?.model ?? 'unknown',
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    node: process.version,
    'load average': load.toFixed(2),
  }
  const isBusy = load > cores / 2
  const warning = `warning: the machine was busy before the first run (load average ${load.toFixed(2)} on ${cores} cores); compare ratios, not times`
  return { machine, warnings: isBusy ? [warning] : [] }
}
