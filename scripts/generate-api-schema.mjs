// Writes src/providers/netns/api/schema/{types,descriptions}.generated.json from the models of @kubernetes/client-node.
// Run after an update of that package: node scripts/generate-api-schema.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import * as client from '@kubernetes/client-node'

const roots = [
  'V1Namespace V1Node V1Pod V1Service V1Endpoints V1ConfigMap V1Secret V1ServiceAccount CoreV1Event V1Binding V1Scale',
  'V1DaemonSet V1Deployment V1ReplicaSet V1ControllerRevision V1EndpointSlice V1NetworkPolicy V1Eviction V1DeleteOptions',
  'V1ClusterRole V1ClusterRoleBinding V1Role V1RoleBinding V1Lease EventsV1Event',
  'V1SelfSubjectAccessReview V1SelfSubjectRulesReview V1SelfSubjectReview',
]
  .join(' ')
  .split(' ')

// The OpenAPI generator loses the extensions of the Kubernetes specification; these come from the `patchStrategy`,
// `patchMergeKey`, `listType`, `listMapKey` and `structType` tags of k8s.io/api and k8s.io/apimachinery v0.34.
const merge = (mergeKey, ...mapKeys) => ({ mergeKey, mapKeys: mapKeys.length > 0 ? mapKeys : [mergeKey] })
const mapOnly = (...mapKeys) => ({ mapKeys })
const atomic = { atomic: true }
const retainKeys = { retainKeys: true }
const extensions = {
  'V1ObjectMeta.ownerReferences': merge('uid'),
  'V1ObjectMeta.finalizers': { mergePrimitive: true, set: true },
  'V1PodSpec.containers': merge('name'),
  'V1PodSpec.initContainers': merge('name'),
  'V1PodSpec.ephemeralContainers': merge('name'),
  'V1PodSpec.volumes': { ...merge('name'), ...retainKeys },
  'V1PodSpec.imagePullSecrets': merge('name'),
  'V1PodSpec.hostAliases': merge('ip'),
  'V1PodSpec.topologySpreadConstraints': merge('topologyKey', 'topologyKey', 'whenUnsatisfiable'),
  'V1PodSpec.schedulingGates': merge('name'),
  'V1PodSpec.resourceClaims': { ...merge('name'), ...retainKeys },
  'V1PodSpec.nodeSelector': atomic,
  'V1Container.env': merge('name'),
  'V1Container.ports': merge('containerPort', 'containerPort', 'protocol'),
  'V1Container.volumeMounts': merge('mountPath'),
  'V1Container.volumeDevices': merge('devicePath'),
  'V1EphemeralContainer.env': merge('name'),
  'V1EphemeralContainer.ports': merge('containerPort', 'containerPort', 'protocol'),
  'V1EphemeralContainer.volumeMounts': merge('mountPath'),
  'V1EphemeralContainer.volumeDevices': merge('devicePath'),
  'V1ResourceRequirements.claims': mapOnly('name'),
  'V1PodStatus.conditions': merge('type'),
  'V1PodStatus.podIPs': merge('ip'),
  'V1PodStatus.hostIPs': merge('ip'),
  'V1NodeSpec.podCIDRs': { mergePrimitive: true, set: true },
  'V1NodeStatus.addresses': merge('type'),
  'V1NodeStatus.conditions': merge('type'),
  'V1NamespaceStatus.conditions': merge('type'),
  'V1ServiceSpec.ports': merge('port', 'port', 'protocol'),
  'V1ServiceSpec.selector': atomic,
  'V1ServiceStatus.conditions': merge('type'),
  'V1ServiceAccount.secrets': merge('name'),
  'V1DaemonSetStatus.conditions': merge('type'),
  'V1DeploymentSpec.strategy': retainKeys,
  'V1DeploymentStatus.conditions': merge('type'),
  'V1ReplicaSetStatus.conditions': merge('type'),
}
const quantities = new Set([
  'V1ResourceRequirements.limits',
  'V1ResourceRequirements.requests',
  'V1NodeStatus.capacity',
  'V1NodeStatus.allocatable',
  'V1ResourceFieldSelector.divisor',
  'V1EmptyDirVolumeSource.sizeLimit',
  'V1ContainerStatus.allocatedResources',
  'V1VolumeResourceRequirements.limits',
  'V1VolumeResourceRequirements.requests',
])
const atomicTypes = new Set(
  (
    'V1LabelSelector V1ObjectReference V1LocalObjectReference V1SecretKeySelector V1ConfigMapKeySelector ' +
    'V1ObjectFieldSelector V1ResourceFieldSelector V1NodeSelector V1NodeSelectorTerm V1OwnerReference ' +
    'V1TypedLocalObjectReference V1EndpointAddress CoreV1EndpointPort DiscoveryV1EndpointPort V1RoleRef RbacV1Subject'
  ).split(' '),
)

function scalarOf(type, format, path) {
  if (quantities.has(path)) return 'quantity'
  if (type === 'string') return format === 'byte' || path === 'V1Secret.data' ? 'bytes' : 'string'
  if (type === 'number') return format === '' ? 'double' : format
  if (type === 'Date') return 'time'
  if (type === 'V1MicroTime') return 'microtime'
  if (type === 'IntOrString') return 'intstr'
  return type
}

function fieldOf(model, attribute, required) {
  const path = `${model}.${attribute.baseName}`
  const list = /^Array<(.*)>$/.exec(attribute.type)
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(attribute.type)
  const inner = list?.[1] ?? map?.[1] ?? attribute.type
  const nested = /^Array<(.*)>$/.exec(inner)
  const binary = path === 'V1Secret.data' || path === 'V1ConfigMap.binaryData'
  const type = binary ? 'bytes' : scalarOf(nested?.[1] ?? inner, attribute.format, path)
  return {
    type,
    ...(list ? { of: 'list' } : map ? { of: nested ? 'map-of-lists' : 'map' } : {}),
    ...(required ? { required: true } : {}),
    ...extensions[path],
  }
}

const clean = (text) => text.replaceAll("\\'", "'").replaceAll('\\"', '"').replaceAll('\\`', '`').trim()
const modelFolder = new URL('../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url)
const types = {}
const descriptions = {}
const waiting = [...roots]
while (waiting.length > 0) {
  const model = waiting.pop()
  if (model in types) continue
  const declaration = readFileSync(new URL(`${model}.d.ts`, modelFolder), 'utf8')
  const fields = {}
  const texts = {}
  // oxlint-disable-next-line import/namespace -- every model is a class of the client
  for (const attribute of client[model].attributeTypeMap) {
    const member = new RegExp(
      `(?:/\\*\\*\\s*\\* ([^\\n]*)\\n\\s*\\*/\\s*)?'${attribute.name.replace('$', '\\$')}'(\\??):`,
    ).exec(declaration)
    if (member === null) throw new Error(`${model}.d.ts does not declare ${attribute.name}`)
    const field = fieldOf(model, attribute, member[2] === '')
    fields[attribute.baseName] = field
    if (member[1]) texts[attribute.baseName] = clean(member[1])
    if (/^[A-Z]/.test(field.type)) waiting.push(field.type)
  }
  types[model] = atomicTypes.has(model) ? { atomic: true, fields } : { fields }
  descriptions[model] = {
    text: clean(/\/\*\*\n\* ([^\n]*)\n\*\/\nexport declare/.exec(declaration)?.[1] ?? ''),
    fields: texts,
  }
}
for (const path of [...Object.keys(extensions), ...quantities]) {
  const [model, name] = path.split('.')
  if (types[model] && !types[model].fields[name]) throw new Error(`${path} is in the tables here but not in the models`)
}

const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
const output = new URL('../src/providers/netns/api/schema/', import.meta.url)
for (const [name, value] of Object.entries({ types, descriptions })) {
  const lines = Object.entries(sorted(value)).map(([key, entry]) => `${JSON.stringify(key)}:${JSON.stringify(entry)}`)
  writeFileSync(new URL(`${name}.generated.json`, output), `{\n${lines.join(',\n')}\n}\n`)
}
