import { parseArgs } from 'node:util'
import { parseGoDuration } from '../../../../helpers/go-duration.ts'
import { messageOf, PacketproofError } from '../../../errors.ts'

export interface ProxyOptions {
  readonly mode: 'REDIRECT' | 'TPROXY'
  readonly outboundPort: number
  readonly inboundPort: number
  /** HTTP: `/healthz/ready`. */
  readonly healthPort: number
  /** HTTP: `/stats/prometheus`. */
  readonly statsPorts: readonly number[]
  /** Open, so that it can be seen that it is not captured; nothing is spoken there. */
  readonly tunnelPort: number
  /** Of what is passed on to the app under TPROXY, so that it is not caught again. */
  readonly mark: number
  /** More at one time are turned away: a loop ends. */
  readonly maxConnections: number
  readonly connectTimeoutMs: number
}

export const defaultProxyOptions: ProxyOptions = {
  mode: 'REDIRECT',
  outboundPort: 15_001,
  inboundPort: 15_006,
  healthPort: 15_021,
  statsPorts: [15_090, 15_020],
  tunnelPort: 15_008,
  mark: 1337,
  maxConnections: 1024,
  connectTimeoutMs: 5000,
}

export const proxyHelp = `Usage: packetproof agent sidecar-proxy [flags]

A transparent TCP proxy, in place of Envoy in a sidecar. It passes each connection that the rules of sidecar-init lead to it on to where
it was bound, and writes one line of JSON for each to standard output when it ends.

  --mode MODE             REDIRECT or TPROXY (default REDIRECT, or $ISTIO_META_INTERCEPTION_MODE)
  --outbound-port PORT    where outgoing connections arrive (default 15001)
  --inbound-port PORT     where incoming ones do (default 15006)
  --mark NUMBER           with TPROXY: mark of what is passed on to the app (default 1337)
  --max-connections N     at one time; more are turned away (default 1024)
  --connect-timeout TIME  how long a connection onwards may take (default 5s)

Besides: HTTP on 15021 (/healthz/ready), 15020 and 15090 (/stats/prometheus), and an open port 15008.
TPROXY needs the capability NET_ADMIN.
`

const spec = {
  mode: { type: 'string' },
  'outbound-port': { type: 'string' },
  'inbound-port': { type: 'string' },
  mark: { type: 'string' },
  'max-connections': { type: 'string' },
  'connect-timeout': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** @throws PacketproofError E_USAGE naming the flag. @returns undefined when help was asked for. */
export function readProxyOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ProxyOptions | undefined {
  const values = parse(argv)
  if (values.help) return undefined
  const preset = defaultProxyOptions
  // NONE: nothing is led here, and there is nothing to do differently.
  const fromEnvironment = (env['ISTIO_META_INTERCEPTION_MODE'] ?? '').replace('NONE', '')
  const mode = values.mode ?? (fromEnvironment || preset.mode)
  if (mode !== 'REDIRECT' && mode !== 'TPROXY') throw wrong('mode', mode, 'expected REDIRECT or TPROXY')
  const number = (name: 'outbound-port' | 'inbound-port' | 'mark' | 'max-connections', other: number, limit: number) =>
    readNumber(name, values[name], other, limit)
  return {
    ...preset,
    mode,
    outboundPort: number('outbound-port', preset.outboundPort, 65_535),
    inboundPort: number('inbound-port', preset.inboundPort, 65_535),
    mark: number('mark', preset.mark, 2 ** 32 - 1),
    maxConnections: number('max-connections', preset.maxConnections, 65_535),
    connectTimeoutMs: readTimeout(values['connect-timeout'], preset.connectTimeoutMs),
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: spec, allowPositionals: false }).values
  } catch (error) {
    throw new PacketproofError('E_USAGE', messageOf(error), {
      hint: 'packetproof agent sidecar-proxy --help lists the flags',
      cause: error,
    })
  }
}

function readNumber(name: string, text: string | undefined, preset: number, limit: number): number {
  if (text === undefined) return preset
  if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= limit) return Number(text)
  throw wrong(name, text, `expected a number from 1 to ${limit}`)
}

function readTimeout(text: string | undefined, preset: number): number {
  if (text === undefined) return preset
  try {
    const ms = Number(parseGoDuration(text) / 1_000_000n)
    if (ms > 0) return ms
  } catch {
    // Said below.
  }
  throw wrong('connect-timeout', text, 'expected a duration longer than nothing, such as 5s')
}

function wrong(name: string, text: string, expected: string): PacketproofError {
  return new PacketproofError('E_USAGE', `--${name} "${text}": ${expected}`)
}
