import { apiVersionOf, type ResourceDefinition } from '../resources/definition.ts'

const collectionVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const statusVerbs = ['get', 'patch', 'update']

/** One entry of an `APIResourceList`; subresources are entries of their own (`pods/exec`). */
export interface ApiResourceEntry {
  readonly name: string
  readonly singularName: string
  readonly namespaced: boolean
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

/** What else is served beside the stored resources: kinds that are asked and answered at once. */
const reviews: Readonly<Record<string, readonly ApiResourceEntry[]>> = {
  'authorization.k8s.io/v1': [
    review('selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
    review('selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
  ],
  'authentication.k8s.io/v1': [review('selfsubjectreviews', 'SelfSubjectReview')],
}

const podSubresources: readonly ApiResourceEntry[] = [
  { ...subresource('pods/binding', 'Binding'), verbs: ['create'] },
  { ...subresource('pods/eviction', 'Eviction'), verbs: ['create'], group: 'policy', version: 'v1' },
  { ...subresource('pods/exec', 'PodExecOptions'), verbs: ['create', 'get'] },
  { ...subresource('pods/log', 'Pod'), verbs: ['get'] },
]

/** Every group version that is served, core/v1 first, with its entries sorted by name. */
export function apiResources(
  definitions: readonly ResourceDefinition[],
): ReadonlyMap<string, readonly ApiResourceEntry[]> {
  const byVersion = new Map<string, ApiResourceEntry[]>()
  for (const definition of definitions) {
    const groupVersion = apiVersionOf(definition)
    const entries = byVersion.get(groupVersion) ?? []
    entries.push(...entriesOf(definition))
    byVersion.set(groupVersion, entries)
  }
  for (const [groupVersion, entries] of Object.entries(reviews)) byVersion.set(groupVersion, [...entries])
  for (const entries of byVersion.values()) entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return byVersion
}

function entriesOf(definition: ResourceDefinition): ApiResourceEntry[] {
  const { resource, singular, kind, namespaced, shortNames, categories } = definition
  const entries: ApiResourceEntry[] = [
    {
      name: resource,
      singularName: singular,
      namespaced,
      kind,
      verbs: collectionVerbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    },
  ]
  if (definition.hasStatus) entries.push({ ...subresource(`${resource}/status`, kind), namespaced, verbs: statusVerbs })
  if (definition.scalable) {
    entries.push({
      ...subresource(`${resource}/scale`, 'Scale'),
      verbs: statusVerbs,
      group: 'autoscaling',
      version: 'v1',
    })
  }
  if (resource === 'pods') entries.push(...podSubresources)
  return entries
}

function subresource(name: string, kind: string): ApiResourceEntry {
  return { name, singularName: '', namespaced: true, kind, verbs: [] }
}

function review(name: string, kind: string): ApiResourceEntry {
  return { name, singularName: kind.toLowerCase(), namespaced: false, kind, verbs: ['create'] }
}
