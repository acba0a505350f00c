import type { Run } from '../../report/model.ts'
import { headlineOf, isCaught, statusOf } from '../../report/summary.ts'
import type { RunRequest } from '../engine.ts'
import { type Interrupt, listenForInterrupt } from '../interrupt.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, outputWidth, printData, printJson } from '../output.ts'
import { planRun, printPlan } from '../plan.ts'
import { Progress } from '../progress.ts'
import { readProviderChoices, refuseToBreak } from '../provider-options.ts'
import { resultJson } from '../result-json.ts'
import { scenarioEngine } from '../scenario-engine.ts'
import { selectComponents } from '../select-components.ts'
import { selectFaults } from '../select-faults.ts'
import { selectClaims, selectScenarios, selectShard } from '../select-scenarios.ts'
import { verdictTable } from '../verdict-table.ts'

/** `packetproof run [SCENARIO…]` */
export async function run(args: readonly string[], values: OptionValues): Promise<number> {
  return await runOrProve('run', args, values)
}

/** `packetproof prove [SCENARIO…]`: the same, and then once more for each fault. */
export async function prove(args: readonly string[], values: OptionValues): Promise<number> {
  return await runOrProve('prove', args, values)
}

async function runOrProve(command: 'run' | 'prove', args: readonly string[], values: OptionValues): Promise<number> {
  const choices = readProviderChoices(values)
  const provider = values.text('provider') ?? 'netns'
  if (command === 'prove') refuseToBreak(provider)
  const timeoutMs = values.durationMs('timeout')
  const scenarios = selectShard(values.text('shard'), selectScenarios(args, await scenarioEngine.listScenarios()))
  const isQuiet = values.flag('quiet')
  using progress = new Progress(process.stderr, process.env, { quiet: isQuiet, depth: 1 + values.count('verbose') })
  using interrupt = listenForInterrupt(timeoutMs, (text) => process.stderr.write(`\n${text}\n`))
  const request: RunRequest = {
    scenarios,
    provider,
    components: selectComponents(values.list('component'), scenarios),
    includesClaim: selectClaims(values.list('test'), scenarios),
    faults:
      command === 'prove' ? await selectFaults(values.list('fault'), values.list('only-fault'), scenarios) : undefined,
    untilCaught: command === 'prove' && values.flag('until-caught'),
    keep: values.flag('keep'),
    slow: values.flag('slow'),
    outDirectory: values.text('out') ?? 'reports',
    choices,
    command: ['packetproof', ...process.argv.slice(2)],
    signal: interrupt.signal,
    interruptedBy: () => interrupt.cause(),
    onProgress: (event) => progress.handle(event),
  }
  const isJson = values.text('format') === 'json'
  if (values.flag('dry-run')) {
    const plan = planRun(request)
    if (isJson) printJson(plan)
    else printData(printPlan(plan))
    return 0
  }
  const outcome = await scenarioEngine.runScenarios(request)
  progress[Symbol.dispose]()
  if (isJson) printJson(resultJson(outcome))
  else {
    printData(`${verdictTable(outcome.run, outputWidth(), outputStyle())}\n\n${headlineOf(outcome.run)}`)
    if (!isQuiet) process.stderr.write(`report: ${outcome.reportDirectory}/index.html\n`)
  }
  return exitCodeOfRun(outcome.run, interrupt)
}

function exitCodeOfRun(run: Run, interrupt: Interrupt): number {
  const signalled = interrupt.exitCode()
  if (signalled !== undefined) return signalled
  const everyFaultCaught = run.scenarios.every((scenario) => (scenario.faults ?? []).every(isCaught))
  const status = statusOf(run)
  return (status === 'passed' || status === 'skipped') && everyFaultCaught ? 0 : 1
}
