/** What tcpdump prints when it stops. */
export interface TcpdumpStatistics {
  readonly captured: number
  readonly receivedByFilter: number
  readonly droppedByKernel: number
}

/** Reads the statistics from tcpdump's standard error; undefined when they are not (all) there. */
export function parseStatistics(stderr: string): TcpdumpStatistics | undefined {
  const captured = /^(\d+) packets? captured/m.exec(stderr)?.[1]
  const receivedByFilter = /^(\d+) packets? received by filter/m.exec(stderr)?.[1]
  const droppedByKernel = /^(\d+) packets? dropped by kernel/m.exec(stderr)?.[1]
  if (captured === undefined || receivedByFilter === undefined || droppedByKernel === undefined) return undefined
  return {
    captured: Number(captured),
    receivedByFilter: Number(receivedByFilter),
    droppedByKernel: Number(droppedByKernel),
  }
}

/** What tcpdump says in its own words: without its name, its announcements and its statistics. */
export function complaintOf(stderr: string): string {
  return stderr
    .split('\n')
    .map((line) => line.replace(/^tcpdump: /, '').trim())
    .filter(
      (line) => line !== '' && !/^(data link type|listening on|verbose output suppressed|\d+ packets? )/.test(line),
    )
    .join('; ')
}
