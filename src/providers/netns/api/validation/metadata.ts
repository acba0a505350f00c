import type { Problems } from '../problems.ts'
import type { NameRule, ResourceDefinition } from '../resources/definition.ts'
import type { ObjectMeta } from '../types.ts'
import {
  type Check,
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkPathSegment,
  checkQualifiedName,
} from './names.ts'

const nameChecks: Readonly<Record<NameRule, Check>> = {
  subdomain: checkDns1123Subdomain,
  label: checkDns1123Label,
  'label-1035': checkDns1035Label,
  'path-segment': checkPathSegment,
}
const MAX_ANNOTATION_BYTES = 256 * 1024

/** Checks an object's metadata as k8s.io/apimachinery/pkg/api/validation ValidateObjectMeta does. */
export function validateMetadata(
  metadata: ObjectMeta,
  definition: Pick<ResourceDefinition, 'nameRule'>,
  problems: Problems,
): void {
  const check = nameChecks[definition.nameRule]
  if ((metadata.name ?? '') === '') problems.required('metadata.name', 'name or generateName is required')
  else problems.invalidEach('metadata.name', metadata.name, check(metadata.name))
  if (metadata.namespace !== undefined) {
    problems.invalidEach('metadata.namespace', metadata.namespace, checkDns1123Label(metadata.namespace))
  }
  validateLabels(metadata.labels ?? {}, 'metadata.labels', problems)
  validateAnnotations(metadata.annotations ?? {}, problems)
  validateOwners(metadata, problems)
  for (const [index, finalizer] of (metadata.finalizers ?? []).entries()) {
    problems.invalidEach(`metadata.finalizers[${index}]`, finalizer, checkQualifiedName(finalizer))
  }
}

/** Checks keys and values of labels, or of a map that is to select labels. */
export function validateLabels(labels: Readonly<Record<string, string>>, path: string, problems: Problems): void {
  for (const [key, value] of Object.entries(labels)) {
    problems.invalidEach(path, key, checkQualifiedName(key))
    problems.invalidEach(path, value, checkLabelValue(value))
  }
}

function validateAnnotations(annotations: Readonly<Record<string, string>>, problems: Problems): void {
  let bytes = 0
  for (const [key, value] of Object.entries(annotations)) {
    problems.invalidEach('metadata.annotations', key, checkQualifiedName(key.toLowerCase()))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > MAX_ANNOTATION_BYTES) problems.tooLong('metadata.annotations', MAX_ANNOTATION_BYTES)
}

function validateOwners(metadata: ObjectMeta, problems: Problems): void {
  const owners = metadata.ownerReferences ?? []
  for (const [index, owner] of owners.entries()) {
    const path = `metadata.ownerReferences[${index}]`
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if ((owner[field] ?? '') === '')
        problems.invalid(
          `${path}.${field}`,
          owner[field] ?? '',
          `${field === 'apiVersion' ? 'version' : field} must not be empty`,
        )
    }
  }
  const controllers = owners.filter((owner) => owner.controller === true)
  if (controllers.length > 1) {
    const names = controllers.map((owner) => owner.name).join(' and ')
    problems.invalid(
      'metadata.ownerReferences',
      owners,
      `Only one reference can have Controller set to true. Found "true" in references for ${names}`,
    )
  }
}
