import { invalidInput } from '../../errors.ts'
import { readTextFile } from './credential-files.ts'

/** One mapping of a kubeconfig, and how to call it in messages (`user "admin" of kubeconfig /root/.kube/config`). */
export interface Section {
  readonly title: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Reads a kubeconfig file (YAML or JSON). @throws PacketproofError E_INVALID_INPUT with the place of the mistake. */
export async function readKubeconfig(path: string): Promise<Section> {
  const title = `kubeconfig ${path}`
  const text = readTextFile(path, 'kubeconfig', { code: 'E_INVALID_INPUT' })
  // An agent in a pod needs no YAML: it does not wait for the parser.
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) {
    const [first = ''] = error.message.split('\n')
    throw invalidInput(`${title} is not YAML: ${first.replace(/:$/, '')}`, { cause: error })
  }
  const content: unknown = document.toJS()
  if (isMapping(content)) return { title, fields: content }
  const found = content === null ? 'nothing' : Array.isArray(content) ? 'a list' : `a ${typeof content}`
  throw invalidInput(`${title}: expected a mapping with clusters, contexts and users, found ${found}`)
}

/** A text field; undefined where it is absent or empty. @throws PacketproofError E_INVALID_INPUT for anything but text. */
export function textField({ title, fields }: Section, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw invalidInput(`${title}: ${name} is ${JSON.stringify(value)}: expected text`)
  return value
}

/**
 * What the entry called `name` of a kubeconfig's list holds (`contexts: [{ name, context: {…} }]`).
 * @throws PacketproofError E_INVALID_INPUT that names the entries there are.
 */
export function namedSection(config: Section, kind: 'cluster' | 'context' | 'user', name: string): Section {
  const list = config.fields[`${kind}s`] ?? []
  if (!Array.isArray(list)) throw invalidInput(`${config.title}: ${kind}s: expected a list`)
  const entries = list.filter(isMapping)
  const entry = entries.find((candidate) => candidate['name'] === name)
  if (entry === undefined) {
    const names = entries.map((candidate) => String(candidate['name']))
    const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
    throw invalidInput(`${config.title}: there is no ${kind} "${name}": ${known}`)
  }
  const fields = entry[kind] ?? {}
  const title = `${config.title}: ${kind} "${name}"`
  if (!isMapping(fields)) throw invalidInput(`${title}: expected a mapping`)
  return { title, fields }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
