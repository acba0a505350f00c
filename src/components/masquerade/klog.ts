type Severity = 'I' | 'W' | 'E' | 'F'

export type Log = (severity: Severity, message: string) => void

/**
 * Writes a line on stderr with klog's header: severity, month and day, time with microseconds, process id, source.
 * For instance `E1121 01:02:03.000000       1 masquerade.ts:1] Error syncing configuration: …`.
 */
export function writeKlogLine(severity: Severity, message: string): void {
  process.stderr.write(`${klogHeader(severity, new Date(), process.pid)} ${message}\n`)
}

export function klogHeader(severity: Severity, now: Date, processId: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const date = `${two(now.getMonth() + 1)}${two(now.getDate())}`
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`
  const micros = `${String(now.getMilliseconds()).padStart(3, '0')}000`
  return `${severity}${date} ${time}.${micros} ${String(processId).padStart(7)} masquerade.ts:1]`
}
