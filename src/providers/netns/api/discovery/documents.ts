import type { ResourceDefinition } from '../resources/definition.ts'
import { type ApiResourceEntry, apiResources } from './api-resources.ts'

/** Discovery as clients read it: the answers of /api, /apis and below, by path. */
export function discoveryDocuments(definitions: readonly ResourceDefinition[]): ReadonlyMap<string, unknown> {
  const documents = new Map<string, unknown>()
  const groups: unknown[] = []
  for (const [groupVersion, resources] of apiResources(definitions)) {
    const body = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }
    if (groupVersion === 'v1') {
      documents.set('/api/v1', body)
      continue
    }
    const [name = '', version = ''] = groupVersion.split('/')
    const group = { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } }
    groups.push(group)
    documents.set(`/apis/${groupVersion}`, body)
    documents.set(`/apis/${name}`, { kind: 'APIGroup', apiVersion: 'v1', ...group })
  }
  const anyClient = [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }]
  documents.set('/api', { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: anyClient })
  documents.set('/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups })
  return documents
}

/** Aggregated discovery (`apidiscovery.k8s.io/v2`): everything below /api or /apis in one answer. */
export function aggregatedDiscovery(definitions: readonly ResourceDefinition[], root: '/api' | '/apis'): unknown {
  const items = [...apiResources(definitions)]
    .filter(([groupVersion]) => (groupVersion === 'v1') === (root === '/api'))
    .map(([groupVersion, entries]) => {
      const [group = '', version = ''] = groupVersion === 'v1' ? ['', 'v1'] : groupVersion.split('/')
      return {
        metadata: { creationTimestamp: null, ...(group === '' ? {} : { name: group }) },
        versions: [{ version, freshness: 'Current', resources: aggregate(entries, group, version) }],
      }
    })
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items }
}

function aggregate(entries: readonly ApiResourceEntry[], group: string, version: string): unknown[] {
  const kindOf = (entry: ApiResourceEntry): unknown => ({
    group: entry.group ?? group,
    version: entry.version ?? version,
    kind: entry.kind,
  })
  return entries
    .filter(({ name }) => !name.includes('/'))
    .map((entry) => {
      const below = entries.filter(({ name }) => name.startsWith(`${entry.name}/`))
      return {
        resource: entry.name,
        responseKind: kindOf(entry),
        scope: entry.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: entry.singularName,
        verbs: entry.verbs,
        ...(entry.shortNames ? { shortNames: entry.shortNames } : {}),
        ...(entry.categories ? { categories: entry.categories } : {}),
        ...(below.length > 0
          ? {
              subresources: below.map((sub) => ({
                subresource: sub.name.slice(entry.name.length + 1),
                responseKind: kindOf(sub),
                verbs: sub.verbs,
              })),
            }
          : {}),
      }
    })
}
