import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { packageVersion } from '../../helpers/package-version.ts'
import { scenarios } from '../../scenarios/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { loadProvider } from '../providers/create-cluster.ts'
import { requireScenarioTools } from '../providers/netns/client/find-tool.ts'
import type { Run, ScenarioRun } from '../report/model.ts'
import { writeReport } from '../report/write-report.ts'
import type { ScenarioDefinition } from '../scenario/definition.ts'
import { proveFaults } from '../scenario/prove-faults.ts'
import { type RunScenarioOptions, runScenario } from '../scenario/run-scenario.ts'
import type { Engine, RunOutcome, RunRequest } from './engine.ts'
import { holdCluster } from './hold-cluster.ts'
import { makeRunFolder } from './make-run-folder.ts'

/** The engine over the scenarios of this project. */
export const scenarioEngine: Engine = {
  listScenarios: () => Promise.resolve(scenarios),
  runScenarios,
}

/** More clusters at once than this only wait for each other. */
const MAX_CONCURRENT_FAULTS = 4

async function runScenarios(request: RunRequest): Promise<RunOutcome> {
  const createCluster = await loadProvider(request.provider)
  if (request.provider === 'netns') requireScenarioTools()
  const startedAt = new Date()
  const runId = `${startedAt.toISOString().slice(0, 19).replace(/[:T]/g, '-')}-${randomBytes(2).toString('hex')}`
  const runFolder = makeRunFolder(request.outDirectory, runId)
  const folder = runFolder.path
  const results: ScenarioRun[] = []
  const environments: Readonly<Record<string, string>>[] = []
  for (const scenario of request.scenarios) {
    if (request.signal.aborted) break
    const options = { ...optionsOf(request, scenario), createCluster, folder }
    const { run, environment, unusable } = await runScenario(scenario, options)
    if (unusable !== undefined && results.length === 0) {
      runFolder.remove()
      throw unusable
    }
    environments.push(environment)
    results.push({ ...run, ...(await faultsOf(request, scenario, run, options)) })
  }
  const run: Run = {
    schemaVersion: 1,
    tool: { name: 'packetproof', version: packageVersion() },
    runId,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    command: request.command,
    environment: Object.assign({ node: process.version }, ...environments),
    ...(request.signal.aborted && { interrupted: { signal: request.interruptedBy() } }),
    scenarios: results,
    problems: [],
  }
  await writeReport(run, folder)
  return { run, reportDirectory: folder }
}

function optionsOf(
  request: RunRequest,
  scenario: ScenarioDefinition,
): Omit<RunScenarioOptions, 'createCluster' | 'folder'> {
  return {
    provider: request.provider,
    settings: {
      components: request.components,
      slow: request.slow,
      includesClaim: request.includesClaim,
    },
    label: scenario.name,
    signal: request.signal,
    listener: request.onProgress,
    choices: request.choices,
    ...(request.keep && { beforeRemoval: (cluster: Cluster) => holdCluster(cluster, request) }),
  }
}

async function faultsOf(
  request: RunRequest,
  scenario: ScenarioDefinition,
  baseline: ScenarioRun,
  options: RunScenarioOptions,
): Promise<Pick<ScenarioRun, 'faults'>> {
  const faults = request.faults?.get(scenario.name)
  // Where nothing was proved there is nothing for a fault to turn.
  if (faults === undefined || request.signal.aborted || baseline.status === 'skipped') return {}
  const concurrency = Math.min(MAX_CONCURRENT_FAULTS, availableParallelism())
  const { beforeRemoval: _, choices: { apiPort: __, ...choices } = {}, ...rest } = options
  return {
    faults: await proveFaults(scenario, baseline, faults, {
      ...rest,
      choices,
      concurrency,
      untilCaught: request.untilCaught,
    }),
  }
}
