/** The parts of an image name, normalised as a container runtime does. */
export interface ImageReference {
  /** For instance `docker.io`. */
  readonly registry: string
  /** With the registry: `docker.io/library/busybox`. */
  readonly repository: string
  readonly tag: string | undefined
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const host = '(?:localhost|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:\\d))(?::\\d+)?'
const grammar = new RegExp(
  `^(?:(${host})/)?(${component}(?:/${component})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@[a-z0-9+._-]+:[0-9a-f]{32,})?$`,
)

/** Reads an image name by the grammar of github.com/distribution/reference; undefined when it does not follow it. */
export function parseImageReference(text: string): ImageReference | undefined {
  const match = grammar.exec(text)
  if (!match?.[2]) return undefined
  const [, registry = 'docker.io', path, tag] = match
  const officialPath = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path
  return { registry, repository: `${registry}/${officialPath}`, tag }
}
