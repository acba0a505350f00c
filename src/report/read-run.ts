import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { invalidInput, messageOf } from '../errors.ts'
import { type Run, runSchema } from './model.ts'

/**
 * Reads a run model: a `run.json`, or the report folder that holds one.
 * @throws PacketproofError E_INVALID_INPUT that names the file, the place in it (JSON pointer) and what was expected.
 */
export async function readRun(path: string): Promise<Run> {
  const file = (await isFolder(path)) ? join(path, 'run.json') : path
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw invalidInput(`cannot read ${file}: ${messageOf(error)}`, {
      hint: 'Give the folder of a report, or its run.json.',
      cause: error,
    })
  }
  return parseRun(text, file)
}

/** As `readRun`, from text; `name` stands for it in errors. */
export function parseRun(text: string, name: string): Run {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw invalidInput(`${name} is not JSON: ${messageOf(error)}`, { hint: endOf(text), cause: error })
  }
  rejectOtherVersion(value, name)
  const result = runSchema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const [first, ...more] = result.error.issues.map(describeIssue)
  throw invalidInput(
    `${name} is not a run of packetproof: ${first}${more.length === 0 ? '' : ` (and ${more.length} more)`}`,
    {
      hint: 'The format is described by docs/run.schema.json.',
      // As sentences: the schema's own error is a page of JSON that holds the input.
      ...(more.length > 0 && { cause: new Error(more.slice(0, causesShown).join('\n')) }),
    },
  )
}

const causesShown = 10

/** What a file that is not JSON looks like at its end: most often a run, or a copy of one, was cut off. */
function endOf(text: string): string {
  const trimmed = text.trimEnd()
  if (trimmed === '') return 'The file is empty.'
  if (trimmed.endsWith('}')) return 'packetproof run writes it: was it edited?'
  return `It ends too early, in line ${trimmed.split('\n').length}: the run that wrote it, or a copy, may have been cut off.`
}

function rejectOtherVersion(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || !('schemaVersion' in value)) return
  if (typeof value.schemaVersion === 'number' && value.schemaVersion > 1) {
    throw invalidInput(
      `${name} at /schemaVersion: this packetproof reads version 1, but the file has ${value.schemaVersion}`,
      {
        hint: 'It was written by a newer packetproof: use that one.',
      },
    )
  }
}

/** The innermost issue, for instance the one of the union member that the input names. */
function describeIssue(issue: z.core.$ZodIssue): string {
  return `at ${pointerOf(issue.path)}: ${issue.message}${'input' in issue ? `, got ${shown(issue.input)}` : ''}`
}

/** RFC 6901. */
function pointerOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the top'
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function shown(input: unknown): string {
  const text = input === undefined ? 'nothing' : JSON.stringify(input)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
