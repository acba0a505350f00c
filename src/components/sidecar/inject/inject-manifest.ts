import { LineCounter, parseAllDocuments, stringify } from 'yaml'
import { invalidInput } from '../../../errors.ts'
import { injectObject } from './inject-object.ts'
import type { InjectOptions } from './inject-pod.ts'

export interface InjectedManifest {
  /** YAML, one document for each that was given. */
  readonly text: string
  /** For each pod that stays as it is, why. */
  readonly notes: readonly string[]
}

/**
 * Gives all pods of a manifest the sidecar, YAML of one or more documents or JSON. A document that stays as it is keeps its text, comments
 * and all. Doing it twice changes nothing more.
 * @throws PacketproofError E_INVALID_INPUT that names the source, the document and what is wrong with it.
 */
export function injectManifest(text: string, source: string, options: InjectOptions = {}): InjectedManifest {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines })
  if (!Array.isArray(documents) || documents.length === 0) throw invalidInput(`${source}: there is no object in it`)
  const notes: string[] = []
  const texts = documents.flatMap((document) => {
    const [problem] = document.errors
    if (problem !== undefined) throw invalidInput(`${source}: ${problem.message}`, { cause: problem })
    const line = lines.linePos(document.contents?.range?.[0] ?? 0).line
    const object = document.toJS() as unknown
    if (object === null || object === undefined) return []
    if (typeof object !== 'object' || Array.isArray(object)) {
      throw invalidInput(`${source}:${line}: expected an object with apiVersion and kind`)
    }
    try {
      const injected = injectObject(object, options)
      notes.push(...injected.notes)
      return [injected.isChanged ? stringify(injected.object) : document.toString({ directives: false })]
    } catch (error) {
      throw invalidInput(`${source}:${line}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
  })
  return { text: texts.join('---\n'), notes }
}
