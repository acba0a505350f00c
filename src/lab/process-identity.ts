import { readFileSync } from 'node:fs'

/** A process, told apart from a later one of the same number by when it began. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to its start: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTicks: string
}

/** Undefined when there is no such process, or it has ended and nobody has asked how (a zombie). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = ''] = fields
    return /^[ZX]$/i.test(state) ? undefined : { pid, startTicks: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

export function isAlive(process: ProcessIdentity): boolean {
  return identifyProcess(process.pid)?.startTicks === process.startTicks
}
