import type { V1PodSpec, V1Volume } from '@kubernetes/client-node'
import { isAddress } from '../../../../../helpers/cidr.ts'
import type { Problems } from '../problems.ts'
import type { Wire } from '../wire.ts'
import { validateContainer } from './container.ts'
import { validateLabels } from './metadata.ts'
import { checkDns1123Label, checkDns1123Subdomain } from './names.ts'
import { validateVolume } from './volume.ts'

const restartPolicies = ['Always', 'Never', 'OnFailure']
const dnsPolicies = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']

/** As ValidatePodSpec of k8s.io/kubernetes/pkg/apis/core/validation, for the fields that pods here can use. */
export function validatePodSpec(spec: Wire<V1PodSpec> | undefined, path: string, problems: Problems): void {
  if (spec === undefined) {
    problems.required(`${path}.containers`)
    return
  }
  const volumes = validateVolumes(spec.volumes ?? [], `${path}.volumes`, problems)
  validateContainers(spec, path, volumes, problems)
  validatePolicies(spec, path, problems)
  validateLabels(spec.nodeSelector ?? {}, `${path}.nodeSelector`, problems)
  for (const [index, alias] of (spec.hostAliases ?? []).entries()) {
    if (!isAddress(alias.ip)) {
      problems.invalid(
        `${path}.hostAliases[${index}].ip`,
        alias.ip,
        'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      )
    }
  }
  for (const field of ['hostname', 'subdomain'] as const) {
    if (spec[field]) problems.invalidEach(`${path}.${field}`, spec[field], checkDns1123Label(spec[field]))
  }
  for (const field of ['nodeName', 'serviceAccountName'] as const) {
    if (spec[field]) problems.invalidEach(`${path}.${field}`, spec[field], checkDns1123Subdomain(spec[field]))
  }
}

function validateVolumes(volumes: readonly Wire<V1Volume>[], path: string, problems: Problems): Set<string> {
  const names = new Set<string>()
  for (const [index, volume] of volumes.entries()) {
    const at = `${path}[${index}]`
    if ((volume.name ?? '') === '') problems.required(`${at}.name`)
    else {
      problems.invalidEach(`${at}.name`, volume.name, checkDns1123Label(volume.name))
      if (names.has(volume.name)) problems.duplicate(`${at}.name`, volume.name)
    }
    names.add(volume.name)
    validateVolume(volume, at, problems)
  }
  return names
}

function validateContainers(spec: Wire<V1PodSpec>, path: string, volumes: Set<string>, problems: Problems): void {
  const containers = spec.containers ?? []
  if (containers.length === 0) problems.required(`${path}.containers`)
  const names = new Set<string>()
  const hostPorts = new Set<string>()
  const context = { volumes, names, hostPorts, hostNetwork: spec.hostNetwork === true, problems }
  for (const [index, container] of containers.entries()) {
    validateContainer(container, `${path}.containers[${index}]`, { ...context, isInit: false })
  }
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    validateContainer(container, `${path}.initContainers[${index}]`, { ...context, hostPorts: new Set(), isInit: true })
  }
}

function validatePolicies(spec: Wire<V1PodSpec>, path: string, problems: Problems): void {
  if (!restartPolicies.includes(spec.restartPolicy ?? '')) {
    problems.notSupported(`${path}.restartPolicy`, spec.restartPolicy, restartPolicies)
  }
  if (!dnsPolicies.includes(spec.dnsPolicy ?? '')) {
    problems.notSupported(`${path}.dnsPolicy`, spec.dnsPolicy, dnsPolicies)
  }
  if (spec.dnsPolicy === 'None' && (spec.dnsConfig?.nameservers ?? []).length === 0) {
    problems.required(
      `${path}.dnsConfig.nameservers`,
      'must provide at least one DNS nameserver when `dnsPolicy` is None',
    )
  }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    problems.invalid(
      `${path}.terminationGracePeriodSeconds`,
      spec.terminationGracePeriodSeconds,
      'must be greater than or equal to 0',
    )
  }
  if (spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1) {
    problems.invalid(
      `${path}.activeDeadlineSeconds`,
      spec.activeDeadlineSeconds,
      'must be between 1 and 2147483647, inclusive',
    )
  }
}
