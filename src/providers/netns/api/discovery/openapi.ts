import { createHash } from 'node:crypto'
import type { ResourceDefinition } from '../resources/definition.ts'
import { documentPathOf, groupVersionKindOf, refOf, schemasOf } from './openapi-schemas.ts'

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]
const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
}))

/** `/openapi/v3`: where the document of each group version is. */
export function openApiIndex(definitions: readonly ResourceDefinition[], version: string): unknown {
  const hash = createHash('sha256').update(version).digest('hex').slice(0, 32).toUpperCase()
  const paths = [...new Set(definitions.map(documentPathOf))]
  return {
    paths: Object.fromEntries(paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }])),
  }
}

/**
 * The OpenAPI v3 document of one group version: enough for `kubectl explain`, for kubectl to find out that the server
 * validates fields, and for clients that compute strategic merge patches. Undefined when nothing is served there.
 */
export async function openApiDocument(
  definitions: readonly ResourceDefinition[],
  path: string,
  version: string,
): Promise<unknown> {
  const served = definitions.filter((definition) => documentPathOf(definition) === path)
  if (served.length === 0) return undefined
  // 230 KB of text that only this needs.
  const { default: texts } = await import('../schema/descriptions.generated.json', { with: { type: 'json' } })
  const schemas = schemasOf(served, texts)
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(served.flatMap((definition) => pathsOf(definition, path))),
    components: { schemas },
  }
}

function pathsOf(definition: ResourceDefinition, path: string): [string, unknown][] {
  const { model, resource, namespaced } = definition
  const base = `/${path}/${namespaced ? 'namespaces/{namespace}/' : ''}${resource}`
  const schema = { $ref: refOf(model) }
  const answer = { responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } } }
  const kind = { 'x-kubernetes-group-version-kind': groupVersionKindOf(definition) }
  const body = { requestBody: { content: { '*/*': { schema } }, required: true } }
  const patchBody = {
    requestBody: {
      content: Object.fromEntries(patchTypes.map((type) => [type, { schema: { type: 'object' } }])),
      required: true,
    },
  }
  const operation = (action: string, more: object): object => ({
    'x-kubernetes-action': action,
    ...kind,
    ...more,
    ...answer,
  })
  const write = { parameters: writeParameters }
  return [
    [base, { get: operation('list', {}), post: operation('post', { ...write, ...body }) }],
    [
      `${base}/{name}`,
      {
        get: operation('get', {}),
        put: operation('put', { ...write, ...body }),
        patch: operation('patch', { ...write, ...patchBody }),
        delete: operation('delete', {}),
      },
    ],
  ]
}
