import { scenarios } from '../../scenarios/index.ts'
import { listHosts } from '../cluster/find-host.ts'
import { listProfiles } from '../cluster/load-profile.ts'
import { componentNames } from '../lab/components.ts'
import { listLabs } from '../lab/list-labs.ts'
import { openLab } from '../lab/open-lab.ts'
import { commandSpecs } from './commands.ts'

/** What may stand where, by command and the number of the argument. */
const words: Readonly<Record<string, readonly (() => string[] | Promise<string[]>)[]>> = {
  run: [scenarioNames],
  prove: [scenarioNames],
  list: [scenarioNames],
  up: [listProfiles],
  down: [labNames],
  kubeconfig: [labNames],
  exec: [hostNames],
  sh: [hostNames],
  capture: [hostNames],
  rules: [hostNames, () => ['filter', 'nat', 'mangle', 'raw']],
  explain: [hostNames, hostNames],
  watch: [hostNames, hostNames, hostNames, hostNames],
  deploy: [() => [...componentNames]],
  remove: [() => [...componentNames]],
  fault: [() => ['add', 'remove', 'list'], faultNames],
  completion: [() => ['bash', 'zsh', 'fish']],
}

/** @param line the words after the program's name; the last is the one to complete, and may be empty. */
export async function completeWords(line: readonly string[]): Promise<string[]> {
  const current = line.at(-1) ?? ''
  const [command, ...before] = line.slice(0, -1)
  return (await candidates(command, before, current)).filter((word) => word.startsWith(current)).sort()
}

async function candidates(command: string | undefined, before: readonly string[], current: string): Promise<string[]> {
  const spec = commandSpecs.find(({ name }) => name === command)
  if (command === undefined) return [...commandSpecs.map(({ name }) => name), 'agent', 'help']
  if (spec === undefined) return []
  const last = spec.options.find(({ name, short }) => before.at(-1) === `--${name}` || before.at(-1) === `-${short}`)
  if (last?.name === 'lab') return labNames()
  if (last?.name === 'owner') return [...componentNames]
  if (last?.choices !== undefined) return [...last.choices]
  if (current.startsWith('-')) return spec.options.map(({ name }) => `--${name}`)
  const isValue = (word: string, at: number): boolean => {
    const option = spec.options.find(
      ({ name, short }) => before[at - 1] === `--${name}` || before[at - 1] === `-${short}`,
    )
    return word.startsWith('-') || (option !== undefined && option.argument !== undefined)
  }
  const place = before.filter((word, at) => !isValue(word, at)).length
  return (await words[command]?.[place]?.()) ?? []
}

function scenarioNames(): string[] {
  return scenarios.map(({ name }) => name)
}

function faultNames(): string[] {
  return scenarios.flatMap((scenario) => scenario.faults.map((fault) => `${scenario.name}/${fault.name}`))
}

function labNames(): string[] {
  return listLabs().map(({ name }) => name)
}

/** None when it is not clear which lab is meant: completion never complains. */
async function hostNames(): Promise<string[]> {
  try {
    await using lab = await openLab()
    return (await listHosts(lab.cluster)).flatMap(({ names }) => names.filter((name) => !name.startsWith('pod/')))
  } catch {
    return []
  }
}
