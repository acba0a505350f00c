import type { V1Container, V1Probe } from '@kubernetes/client-node'
import type { Problems } from '../problems.ts'
import type { Wire } from '../wire.ts'
import { checkPortName, checkPortNumber } from './names.ts'

const probeFields = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const
const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

/** One handler per probe, none on an init container that ends. */
export function validateProbes(container: Wire<V1Container>, path: string, isInit: boolean, problems: Problems): void {
  for (const field of probeFields) {
    const probe = container[field]
    if (probe === undefined) continue
    if (isInit && container.restartPolicy !== 'Always') {
      problems.forbidden(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always')
    }
    validateProbe(probe, `${path}.${field}`, field, problems)
  }
}

function validateProbe(
  probe: Wire<V1Probe>,
  path: string,
  field: (typeof probeFields)[number],
  problems: Problems,
): void {
  const given = handlers.filter((handler) => probe[handler] !== undefined)
  if (given.length === 0) problems.required(path, 'must specify a handler type')
  for (const extra of given.slice(1)) problems.forbidden(`${path}.${extra}`, 'may not specify more than 1 handler type')
  if (probe.exec !== undefined && (probe.exec.command ?? []).length === 0) problems.required(`${path}.exec.command`)
  for (const handler of ['httpGet', 'tcpSocket'] as const) {
    const port = probe[handler]?.port
    if (probe[handler] === undefined) continue
    if (typeof port === 'number' || port === undefined) {
      problems.invalidEach(`${path}.${handler}.port`, port ?? 0, checkPortNumber(port ?? 0))
    } else problems.invalidEach(`${path}.${handler}.port`, port, checkPortName(port))
  }
  for (const name of counts) {
    const value = probe[name] ?? 0
    if (value < 0) problems.invalid(`${path}.${name}`, value, 'must be greater than or equal to 0')
  }
  if (field !== 'readinessProbe' && (probe.successThreshold ?? 1) !== 1) {
    problems.invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1')
  }
}
