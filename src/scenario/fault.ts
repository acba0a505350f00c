import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { packageRoot } from '../../helpers/package-root.ts'
import { invalidInput } from '../errors.ts'

/** A deliberate break of the datapath. */
export interface FaultDefinition {
  readonly name: string
  /** A node, a pod or another host; `nodes` or `pods` for all of them. */
  readonly on: string
  /** The step after which it is injected; default: once the component is deployed. */
  readonly after?: string | undefined
  readonly run: readonly string[]
  readonly description?: string | undefined
}

/** YAML reads `5` and `true` as what they look like; in an argv they are words. */
const word = z.union([z.string(), z.number(), z.boolean()], 'expected a word').transform(String)

const faultSchema = z.strictObject({
  name: z.string().min(1),
  on: z.string().min(1),
  after: z.string().min(1).optional(),
  run: z.array(word).min(1),
  description: z.string().optional(),
})

/** The fault list that a scenario brings along, by its path in this package. */
export function loadFaults(path: string): FaultDefinition[] {
  return parseFaults(readFileSync(join(packageRoot(), path), 'utf8'), path)
}

/**
 * Reads a fault list (YAML): `name`, `on`, `after` (optional), `run` (an argv), `description` (optional).
 * @throws PacketproofError E_INVALID_INPUT that names the file, the line, the fault and what was expected.
 */
export function parseFaults(text: string, source: string): FaultDefinition[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const syntaxError = document.errors[0]
  if (syntaxError !== undefined) throw invalidInput(`${source}: ${syntaxError.message}`, { cause: syntaxError })
  const parsed = z.array(faultSchema).safeParse(document.toJS())
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = (issue?.path ?? []) as (string | number)[]
    const place = placeOf(document, lines, path)
    throw invalidInput(`${source}${place}: ${pathText(path)}: ${issue?.message ?? 'not a list of faults'}`, {
      hint: 'a fault list is a YAML list of `name`, `on` (a node or pod; `nodes` or `pods` for all), `after` (a step, optional) and `run` (a list of words)',
    })
  }
  const names = parsed.data.map((fault) => fault.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw invalidInput(`${source}: two faults are named "${twice}"; names must differ`)
  return parsed.data
}

function placeOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly (string | number)[],
): string {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)
    const offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0]
    if (offset !== undefined) return `:${lines.linePos(offset).line}`
  }
  return ''
}

function pathText(path: readonly (string | number)[]): string {
  const [index, ...rest] = path
  if (index === undefined) return 'the document'
  return [`fault ${Number(index) + 1}`, ...rest].join(', ')
}
