import type { Outcome } from './outcome.ts'

export interface PingStatistics {
  readonly transmitted: number
  readonly received: number
  /** ICMP errors that came back, as ping words them. */
  readonly errors: readonly { readonly from: string; readonly sequence: number; readonly text: string }[]
}

/** iputils prints `2 packets transmitted, 1 received, +1 errors, 50% packet loss, time 101ms`; busybox leaves the errors out. */
const statisticsLine = /(\d+) packets transmitted, (\d+) (?:packets )?received/

/** `From 10.0.0.1 icmp_seq=1 Destination Port Unreachable`, or `From 10.0.0.1: icmp_seq=1 …` with a name in between. */
const errorLine = /^From (\S+?):? .*?icmp_seq=(\d+) (.+)$/

/** Reads what iputils' or busybox' `ping -n` printed; undefined when it printed no statistics. */
export function parsePing(stdout: string): PingStatistics | undefined {
  const statistics = statisticsLine.exec(stdout)
  if (statistics === null) return undefined
  const errors = stdout.split('\n').flatMap((line) => {
    const match = errorLine.exec(line)
    return match === null ? [] : [{ from: match[1] ?? '', sequence: Number(match[2]), text: match[3] ?? '' }]
  })
  return { transmitted: Number(statistics[1]), received: Number(statistics[2]), errors }
}

export function outcomeOfPing(statistics: PingStatistics): { outcome: Outcome; detail: string } {
  const { transmitted, received, errors } = statistics
  const counted = `${received} of ${transmitted} answered`
  if (received > 0) return { outcome: 'ok', detail: counted }
  const error = errors[0]
  if (error !== undefined) return { outcome: 'rejected', detail: `${error.text} from ${error.from}` }
  return { outcome: 'timed-out', detail: counted }
}
