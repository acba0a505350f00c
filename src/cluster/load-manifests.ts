import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject } from '@kubernetes/client-node'
import { type Document, isMap, LineCounter, parseAllDocuments } from 'yaml'
import { invalidInput, messageOf } from '../errors.ts'

/** An object of a manifest, and where it is, for messages about it. */
export interface ManifestObject<T extends KubernetesObject = KubernetesObject> {
  readonly object: T & { readonly apiVersion: string; readonly kind: string }
  /** `FILE:LINE (document N)`, with the item's number where it is in a List. */
  readonly place: string
}

const manifestFile = /\.(ya?ml|json)$/

/**
 * The objects of a manifest file (YAML with any number of documents, or JSON), of all manifest files of a folder in the order
 * of their names, or of standard input (`-`). Lists are taken apart, empty documents passed over.
 * @throws PacketproofError E_INVALID_INPUT that names the file, the document and the line.
 */
export async function loadManifests(path: string): Promise<readonly ManifestObject[]> {
  const files = await manifestFiles(path)
  const all = await Promise.all(files.map(async (file) => parseManifests(await readText(file), sourceOf(file))))
  const objects = all.flat()
  if (objects.length === 0) throw invalidInput(`${sourceOf(path)} holds no Kubernetes objects`)
  return objects
}

/** @param source what to call the text in messages. */
export function parseManifests(text: string, source: string): readonly ManifestObject[] {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, version: '1.1', merge: true })
  const documents: readonly Document[] = 'empty' in parsed ? [] : parsed
  return documents.flatMap((document, index) => {
    const number = `document ${index + 1}`
    const [problem] = document.errors
    if (problem !== undefined) {
      const line = lines.linePos(problem.pos[0]).line
      throw invalidInput(
        `${source}:${line} (${number}): ${problem.message.split('\n')[0]?.replace(/ at line.*$/, '')}`,
        {
          cause: problem,
        },
      )
    }
    const start = isMap(document.contents) ? (document.contents.range?.[0] ?? 0) : (document.range?.[0] ?? 0)
    return objectsIn(toPlain(document, source, number), `${source}:${lines.linePos(start).line} (${number})`)
  })
}

function toPlain(document: Document, source: string, number: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw invalidInput(`${source} (${number}): ${messageOf(cause)}`, { cause })
  }
}

function objectsIn(value: unknown, place: string): readonly ManifestObject[] {
  if (value === null || value === undefined) return []
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidInput(
      `${place}: expected a Kubernetes object, found ${Array.isArray(value) ? 'a list' : typeof value}`,
    )
  }
  const { apiVersion, kind, items } = value as { apiVersion?: unknown; kind?: unknown; items?: unknown }
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, index) => objectsIn(item, `${place}, item ${index + 1}`))
  }
  for (const [name, field] of [
    ['apiVersion', apiVersion],
    ['kind', kind],
  ] as const) {
    if (typeof field !== 'string' || field === '') {
      const found = field === undefined ? 'it has none' : `found ${JSON.stringify(field)}`
      throw invalidInput(`${place}: expected a Kubernetes object with ${name}: ${found}`)
    }
  }
  const { metadata } = value as { metadata?: { name?: unknown; namespace?: unknown } | null }
  for (const field of ['name', 'namespace'] as const) {
    const given = metadata?.[field]
    if (given === undefined && field === 'namespace') continue
    if (typeof given === 'string' && given !== '') continue
    throw invalidInput(
      `${place}: metadata.${field} of this ${String(kind)}: expected text, ${given === undefined ? 'it has none' : `found ${JSON.stringify(given)}`}`,
    )
  }
  return [{ object: value as ManifestObject['object'], place }]
}

async function manifestFiles(path: string): Promise<readonly string[]> {
  if (path === '-') return [path]
  let isFolder: boolean
  try {
    isFolder = (await stat(path)).isDirectory()
  } catch (cause) {
    throw invalidInput(`${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
  if (!isFolder) return [path]
  const names = (await readdir(path)).filter((name) => manifestFile.test(name)).sort()
  if (names.length > 0) return names.map((name) => join(path, name))
  throw invalidInput(`${path} is a folder without manifests: expected files that end in .yaml, .yml or .json`)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8')
  } catch (cause) {
    throw invalidInput(`${file} cannot be read: ${messageOf(cause)}`, { cause })
  }
}

function sourceOf(file: string): string {
  return file === '-' ? 'standard input' : file
}
