import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '../errors.ts'
import type { Evidence, Run, ScenarioRun } from './model.ts'

/** A file beside the report. */
export interface EvidenceFile {
  /** Relative to the folder of the report. */
  readonly file: string
  readonly sha256?: string | undefined
  /** The evidence that it belongs to; a diagnostic file has a title instead. */
  readonly evidenceId?: string
  readonly title?: string
}

/** Every file that a scenario's evidence and diagnostics refer to, each once. */
export function filesOfScenario(scenario: ScenarioRun): EvidenceFile[] {
  const byPath = new Map<string, EvidenceFile>()
  for (const file of [...scenario.evidence.flatMap(filesOfEvidence), ...(scenario.diagnostics ?? [])]) {
    if (!byPath.has(file.file)) byPath.set(file.file, file)
  }
  return [...byPath.values()]
}

export function filesOfEvidence(evidence: Evidence): EvidenceFile[] {
  const evidenceId = evidence.id
  switch (evidence.kind) {
    case 'capture':
      return [{ file: evidence.file, sha256: evidence.sha256, evidenceId }]
    case 'ruleset':
      return [
        ...(evidence.beforeFile === undefined
          ? []
          : [{ file: evidence.beforeFile, sha256: evidence.beforeSha256, evidenceId }]),
        ...(evidence.afterFile === undefined
          ? []
          : [{ file: evidence.afterFile, sha256: evidence.afterSha256, evidenceId }]),
      ]
    case 'text':
      return evidence.file === undefined ? [] : [{ file: evidence.file, sha256: evidence.sha256, evidenceId }]
    default:
      return []
  }
}

/** What is wrong with the files in a report's folder: a sentence for each that is missing or is not what the run wrote. */
export async function checkFiles(run: Run, folder: string): Promise<string[]> {
  const problems: string[] = []
  for (const { file, sha256 } of run.scenarios.flatMap(filesOfScenario)) {
    try {
      const digest = await sha256Of(join(folder, file))
      if (sha256 !== undefined && digest !== sha256) {
        problems.push(`${file} is not what the run wrote: its sha256 is ${digest}, the run recorded ${sha256}`)
      }
    } catch (error) {
      problems.push(`${file} cannot be read: ${messageOf(error)}`)
    }
  }
  return problems
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
