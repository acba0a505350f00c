import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { LineCounter, parseDocument, stringify } from 'yaml'
import { z } from 'zod'
import { nearestName } from '../../../helpers/nearest-name.ts'
import { invalidInput, messageOf } from '../../errors.ts'

const section = z.record(z.string(), z.unknown())
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])

const kubeconfigSchema = z.object({
  'current-context': z.string().nullish(),
  clusters: list(z.object({ name: z.string(), cluster: section })),
  users: list(z.object({ name: z.string(), user: section.nullish() })),
  contexts: list(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string().nullish() }) }),
  ),
})

type Kubeconfig = z.infer<typeof kubeconfigSchema>

/** One way into one cluster. */
export interface ChosenContext {
  readonly name: string
  readonly server: string
  /** Where it was read from, for messages. */
  readonly source: string
  /** A kubeconfig document with this context alone, whose user has a name of its own and whose paths are absolute. */
  readonly document: string
}

/** The files that count: the one that was named, those of $KUBECONFIG that exist, or ~/.kube/config. */
export function kubeconfigFiles(named: string | undefined, env: NodeJS.ProcessEnv = process.env): readonly string[] {
  if (named !== undefined) return [named]
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  return listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')]
}

/**
 * Reads the files, the first of which wins where they name the same thing, as kubectl has it.
 * @param wanted the context; default: the current one
 * @throws PacketproofError E_INVALID_INPUT that names the file, the place in it, and what was expected
 */
export function chooseContext(files: readonly string[], wanted: string | undefined): ChosenContext {
  const read = files.map((path) => ({ path, content: readKubeconfig(path) }))
  const source = files.join(', ')
  const named = <Key extends 'clusters' | 'users' | 'contexts'>(key: Key, name: string) => {
    for (const { path, content } of read) {
      const found = (content[key] as Kubeconfig[Key][number][]).find((entry) => entry.name === name)
      if (found !== undefined) return { path, found }
    }
    return undefined
  }
  const name = wanted ?? read.map(({ content }) => content['current-context']).find(Boolean)
  const known = [...new Set(read.flatMap(({ content }) => content.contexts.map((context) => context.name)))]
  if (name === undefined || name === null) {
    throw invalidInput(`${source}: no current context`, { hint: choose(known) })
  }
  const context = named('contexts', name)?.found
  if (context === undefined) {
    const near = nearestName(name, known)
    throw invalidInput(`${source}: there is no context "${name}"`, {
      hint: near === undefined ? choose(known) : `did you mean "${near}"?`,
    })
  }
  const cluster = named('clusters', context.context.cluster)
  if (cluster === undefined) {
    throw invalidInput(
      `${source}: the context "${name}" names the cluster "${context.context.cluster}", which is not there`,
    )
  }
  const { server } = cluster.found.cluster
  if (typeof server !== 'string' || !/^https?:\/\//.test(server)) {
    throw invalidInput(`${cluster.path}: the cluster "${cluster.found.name}" has no server: expected https://HOST:PORT`)
  }
  const userName = context.context.user ?? ''
  const user = named('users', userName)
  if (userName !== '' && user === undefined) {
    throw invalidInput(`${source}: the context "${name}" names the user "${userName}", which is not there`)
  }
  const id = `packetproof-${randomBytes(4).toString('hex')}`
  const document = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': id,
    clusters: [{ name: id, cluster: withAbsolutePaths(cluster.found.cluster, cluster.path) }],
    users: [{ name: id, user: withAbsolutePaths(user?.found.user ?? {}, user?.path ?? '') }],
    contexts: [{ name: id, context: { cluster: id, user: id } }],
  })
  return { name, server, source, document }
}

function readKubeconfig(path: string): Kubeconfig {
  const text = readText(path)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [problem] = document.errors
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0])
    throw invalidInput(`${path}:${line}:${col}: not YAML: ${problem.message.split('\n')[0]}`, { cause: problem })
  }
  const parsed = kubeconfigSchema.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalidInput(`${path}: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'not a kubeconfig'}`, {
    hint: 'expected a kubeconfig, as `kubectl config view` prints it',
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : messageOf(cause)
    throw invalidInput(`kubeconfig ${path}: ${why}`, { hint: 'name one with --kubeconfig, or set $KUBECONFIG', cause })
  }
}

const pathKeys = new Set(['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'])

/** Paths in a kubeconfig are relative to its own folder. */
function withAbsolutePaths(fields: Readonly<Record<string, unknown>>, file: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) =>
      pathKeys.has(key) && typeof value === 'string' && value !== ''
        ? [key, resolve(dirname(file), value)]
        : [key, value],
    ),
  )
}

function choose(known: readonly string[]): string {
  return known.length === 0 ? 'it has no contexts at all' : `choose one with --context: ${known.join(', ')}`
}
