import { readFile } from 'node:fs/promises'
import { invalidInput, PacketproofError } from '../errors.ts'
import type { ScenarioDefinition } from '../scenario/definition.ts'
import { type FaultDefinition, parseFaults } from '../scenario/fault.ts'
import { suggest } from './suggest.ts'

/**
 * The faults to inject, by scenario: its own and those of the files, or only those that are named. A file's
 * fault replaces the scenario's own of the same name.
 * @throws PacketproofError E_USAGE or E_INVALID_INPUT
 */
export async function selectFaults(
  files: readonly string[],
  only: readonly string[],
  scenarios: readonly ScenarioDefinition[],
): Promise<ReadonlyMap<string, readonly FaultDefinition[]>> {
  const fromFiles = (await Promise.all(files.map(readFaultFile))).flat()
  for (const fault of fromFiles) assertStep(fault, scenarios)
  const known = [...new Set([...fromFiles, ...scenarios.flatMap(({ faults }) => faults)].map(({ name }) => name))]
  for (const name of only) {
    if (known.includes(name)) continue
    throw new PacketproofError('E_USAGE', `there is no fault "${name}"`, { hint: suggest(name, known) })
  }
  return new Map(
    scenarios.map((scenario) => {
      const own = scenario.faults.filter(({ name }) => fromFiles.every((fault) => fault.name !== name))
      const all = [...own, ...fromFiles]
      return [scenario.name, only.length === 0 ? all : all.filter(({ name }) => only.includes(name))] as const
    }),
  )
}

async function readFaultFile(path: string): Promise<readonly FaultDefinition[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw invalidInput(`cannot read the fault file ${path}`, { cause: error })
  }
  const faults = parseFaults(text, path)
  if (faults.length === 0) throw invalidInput(`${path}: the list is empty; expected at least one fault`)
  return faults
}

function assertStep({ name, after }: FaultDefinition, scenarios: readonly ScenarioDefinition[]): void {
  const steps = scenarios.flatMap((scenario) => scenario.steps.map(({ id }) => id))
  if (after === undefined || steps.includes(after)) return
  throw invalidInput(`fault "${name}": after "${after}": there is no such step`, { hint: suggest(after, steps) })
}
