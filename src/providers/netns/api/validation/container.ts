import type { V1Container } from '@kubernetes/client-node'
import type { Problems } from '../problems.ts'
import type { Wire } from '../wire.ts'
import { checkDns1123Label, checkEnvironmentName, checkPortName, checkPortNumber } from './names.ts'
import { validateProbes } from './probe.ts'

interface ContainerContext {
  readonly problems: Problems
  /** Names of the pod's volumes. */
  readonly volumes: ReadonlySet<string>
  /** Container names so far. */
  readonly names: Set<string>
  /** `PROTOCOL/HOST IP/PORT` so far. */
  readonly hostPorts: Set<string>
  readonly hostNetwork: boolean
  readonly isInit: boolean
}

const protocols = ['SCTP', 'TCP', 'UDP']
const pullPolicies = ['Always', 'IfNotPresent', 'Never']

/** As validateContainers of k8s.io/kubernetes/pkg/apis/core/validation. */
export function validateContainer(container: Wire<V1Container>, path: string, context: ContainerContext): void {
  const { problems } = context
  if ((container.name ?? '') === '') problems.required(`${path}.name`)
  else {
    problems.invalidEach(`${path}.name`, container.name, checkDns1123Label(container.name))
    if (context.names.has(container.name)) problems.duplicate(`${path}.name`, container.name)
    context.names.add(container.name)
  }
  if ((container.image ?? '') === '') problems.required(`${path}.image`)
  else if (container.image !== container.image?.trim()) {
    problems.invalid(`${path}.image`, container.image, 'must not have leading or trailing whitespace')
  }
  if (container.imagePullPolicy !== undefined && !pullPolicies.includes(container.imagePullPolicy)) {
    problems.notSupported(`${path}.imagePullPolicy`, container.imagePullPolicy, pullPolicies)
  }
  validatePorts(container, path, context)
  validateEnvironment(container, path, problems)
  validateMounts(container, path, context)
  validateProbes(container, path, context.isInit, problems)
  validateSecurity(container, path, problems)
}

function validatePorts(container: Wire<V1Container>, path: string, context: ContainerContext): void {
  const { problems } = context
  const names = new Set<string>()
  for (const [index, port] of (container.ports ?? []).entries()) {
    const at = `${path}.ports[${index}]`
    if (port.name) {
      problems.invalidEach(`${at}.name`, port.name, checkPortName(port.name))
      if (names.has(port.name)) problems.duplicate(`${at}.name`, port.name)
      names.add(port.name)
    }
    if ((port.containerPort ?? 0) === 0) problems.required(`${at}.containerPort`)
    else problems.invalidEach(`${at}.containerPort`, port.containerPort, checkPortNumber(port.containerPort))
    const protocol = port.protocol ?? 'TCP'
    if (!protocols.includes(protocol)) problems.notSupported(`${at}.protocol`, protocol, protocols)
    if (!port.hostPort) continue
    problems.invalidEach(`${at}.hostPort`, port.hostPort, checkPortNumber(port.hostPort))
    if (context.hostNetwork && port.hostPort !== port.containerPort) {
      problems.invalid(`${at}.containerPort`, port.containerPort, 'must match `hostPort` when `hostNetwork` is true')
    }
    const key = `${protocol}/${port.hostIP ?? ''}/${port.hostPort}`
    if (context.hostPorts.has(key)) problems.duplicate(`${at}.hostPort`, key)
    context.hostPorts.add(key)
  }
}

function validateEnvironment(container: Wire<V1Container>, path: string, problems: Problems): void {
  for (const [index, variable] of (container.env ?? []).entries()) {
    const at = `${path}.env[${index}]`
    if ((variable.name ?? '') === '') problems.required(`${at}.name`)
    else problems.invalidEach(`${at}.name`, variable.name, checkEnvironmentName(variable.name))
    if (variable.valueFrom === undefined) continue
    const sources = Object.keys(variable.valueFrom)
    if (sources.length === 0) {
      problems.invalid(
        `${at}.valueFrom`,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      )
    } else if (variable.value) problems.invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty')
    else if (sources.length > 1)
      problems.invalid(`${at}.valueFrom`, '', 'may not have more than one field specified at a time')
  }
}

function validateMounts(container: Wire<V1Container>, path: string, { volumes, problems }: ContainerContext): void {
  const mountPaths = new Set<string>()
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${path}.volumeMounts[${index}]`
    if ((mount.name ?? '') === '') problems.required(`${at}.name`)
    else if (!volumes.has(mount.name)) problems.notFound(`${at}.name`, mount.name)
    if ((mount.mountPath ?? '') === '') problems.required(`${at}.mountPath`)
    else if (mountPaths.has(mount.mountPath)) problems.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique')
    mountPaths.add(mount.mountPath)
    if (mount.subPath?.startsWith('/')) problems.invalid(`${at}.subPath`, mount.subPath, 'must be a relative path')
    if (mount.subPath?.split('/').includes('..'))
      problems.invalid(`${at}.subPath`, mount.subPath, "must not contain '..'")
  }
}

function validateSecurity(container: Wire<V1Container>, path: string, problems: Problems): void {
  const security = container.securityContext
  if (security === undefined) return
  for (const field of ['runAsUser', 'runAsGroup'] as const) {
    const id = security[field]
    if (id !== undefined && (id < 0 || id > 2 ** 31 - 1)) {
      problems.invalid(`${path}.securityContext.${field}`, id, 'must be between 0 and 2147483647, inclusive')
    }
  }
  if (security.allowPrivilegeEscalation === false && security.privileged === true) {
    problems.invalid(
      `${path}.securityContext`,
      security,
      'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    )
  }
}
