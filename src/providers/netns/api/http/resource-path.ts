/** A request path taken apart: `/apis/apps/v1/namespaces/web/deployments/front/scale`. */
interface ResourcePath {
  readonly group: string
  readonly version: string
  readonly namespace: string | undefined
  readonly resource: string
  readonly name: string | undefined
  readonly subresource: string | undefined
}

/** Reads a path that names a resource; undefined for any other. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = decodeParts(path)
  if (parts === undefined) return undefined
  const [root, ...rest] = parts
  if (root === 'api' && rest.length >= 2) return readRest('', rest[0] ?? '', rest.slice(1))
  if (root === 'apis' && rest.length >= 3) return readRest(rest[0] ?? '', rest[1] ?? '', rest.slice(2))
  return undefined
}

/** Undefined for a path with broken percent-encoding. */
function decodeParts(path: string): string[] | undefined {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function readRest(group: string, version: string, parts: readonly string[]): ResourcePath | undefined {
  const isOwn = parts[0] === 'namespaces' && (parts.length < 3 || parts[2] === 'status' || parts[2] === 'finalize')
  const isNamespaced = parts[0] === 'namespaces' && !isOwn
  const namespace = isNamespaced ? parts[1] : undefined
  const [resource, name, subresource, ...more] = isNamespaced ? parts.slice(2) : parts
  if (resource === undefined || more.length > 0) return undefined
  return { group, version, namespace, resource, name, subresource }
}
