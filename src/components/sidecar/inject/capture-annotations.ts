import type { V1EnvVar } from '@kubernetes/client-node'
import { invalidInput } from '../../../errors.ts'
import { readProxyMetadata } from './proxy-metadata.ts'
import {
  type GivenText,
  readCidrChoice,
  readCidrs,
  readInterfaces,
  readPortChoice,
  readPorts,
  splitList,
} from './read-values.ts'

export type InterceptionMode = 'REDIRECT' | 'TPROXY' | 'NONE'

/** How a pod wants to be captured, by its annotations, as arguments of istio-iptables. */
export interface CaptureSettings {
  readonly mode: InterceptionMode
  readonly arguments: readonly string[]
  /** Of both containers. */
  readonly environment: readonly V1EnvVar[]
  /** How often the proxy's readiness is asked for once it has started. */
  readonly readiness: {
    readonly initialDelaySeconds: number
    readonly periodSeconds: number
    readonly failureThreshold: number
  }
}

type Annotations = Readonly<Record<string, string>>

const traffic = 'traffic.sidecar.istio.io/'
const readinessPrefix = 'readiness.status.sidecar.istio.io/'

/** What Istio's template leaves alone whatever a pod says: Prometheus of Envoy, and health. */
const managementPorts = ['15090', '15021']

/**
 * Reads the annotations that Istio's template reads.
 * @throws PacketproofError E_INVALID_INPUT that names the annotation, its text, and what was expected.
 */
export function readCaptureAnnotations(annotations: Annotations = {}): CaptureSettings {
  const given = (key: string, preset: string): GivenText => ({
    place: `annotation ${key}`,
    text: annotations[key] ?? preset,
  })
  const mode = readMode(given('sidecar.istio.io/interceptionMode', 'REDIRECT'))
  const outbound = given(`${traffic}includeOutboundIPRanges`, '*')
  const outboundExcept = given(`${traffic}excludeOutboundIPRanges`, '')
  const inbound = given(`${traffic}includeInboundPorts`, '*')
  const optional = optionalFlags.flatMap(({ flag, keys, check }) => {
    const key = keys.find((candidate) => annotations[candidate] !== undefined)
    if (key === undefined) return []
    const value = given(key, '')
    checked(value, check)
    return [flag, value.text]
  })
  checked(outbound, readCidrChoice)
  checked(outboundExcept, readCidrs)
  checked(inbound, readPortChoice)
  return {
    mode,
    arguments: [
      ...['-p', '15001', '-z', '15006', '-u', '1337', '-m', mode],
      ...['-i', outbound.text, '-x', outboundExcept.text, '-b', inbound.text, '-d', excludedPorts(given)],
      ...optional,
    ],
    environment: readProxyMetadata(annotations),
    readiness: {
      initialDelaySeconds: readCount(given(`${readinessPrefix}initialDelaySeconds`, '0'), 0),
      periodSeconds: readCount(given(`${readinessPrefix}periodSeconds`, '15'), 1),
      failureThreshold: readCount(given(`${readinessPrefix}failureThreshold`, '4'), 1),
    },
  }
}

/** Flags that the template sets only where the pod has the annotation. */
const optionalFlags = [
  { flag: '-q', keys: [`${traffic}includeOutboundPorts`], check: readPorts },
  { flag: '-o', keys: [`${traffic}excludeOutboundPorts`], check: readPorts },
  { flag: '-k', keys: ['istio.io/reroute-virtual-interfaces', `${traffic}kubevirtInterfaces`], check: readInterfaces },
  { flag: '-c', keys: [`${traffic}excludeInterfaces`], check: readInterfaces },
] as const

/** A pod's own exclusions are added to the ports of the management, and to the status port unless that is off. */
function excludedPorts(given: (key: string, preset: string) => GivenText): string {
  const own = given(`${traffic}excludeInboundPorts`, '')
  const status = given('status.sidecar.istio.io/port', '15020')
  checked(own, readPorts)
  const ports = splitList(own.text)
  if (status.text === '0' || status.text === '') return [...managementPorts, ...ports].join(',')
  checked(status, readPorts)
  return [...managementPorts, ...ports, ...(ports.includes(status.text) ? [] : [status.text])].join(',')
}

function readMode({ text, place }: GivenText): InterceptionMode {
  if (text === 'REDIRECT' || text === 'TPROXY' || text === 'NONE') return text
  throw invalidInput(`${place} "${text}": expected REDIRECT, TPROXY or NONE`)
}

function readCount({ text, place }: GivenText, least: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
  throw invalidInput(`${place} "${text}": expected a number from ${least}`)
}

function checked(given: GivenText, read: (given: GivenText) => unknown): void {
  try {
    read(given)
  } catch (error) {
    throw invalidInput(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
