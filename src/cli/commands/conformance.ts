import { lackOf } from '../../cluster/capability.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { findCalico } from '../../components/network-policy/find-calico.ts'
import { networkPolicy } from '../../components/network-policy/network-policy.ts'
import type { CaseResult } from '../../conformance/run/case-result.ts'
import { ConformanceCluster } from '../../conformance/run/conformance-cluster.ts'
import { runCases } from '../../conformance/run/run-cases.ts'
import { PacketproofError } from '../../errors.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { requireScenarioTools } from '../../providers/netns/client/find-tool.ts'
import { caseText, summaryText } from '../conformance/print-results.ts'
import { selectCases } from '../conformance/select-cases.ts'
import { listenForInterrupt } from '../interrupt.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, printData, printJson } from '../output.ts'
import { readProviderChoices } from '../provider-options.ts'
import { selectComponents } from '../select-components.ts'

const COMPONENT = 'network-policy'
const variants = ['builtin', 'present']
/** A component that is wrong is often wrong in the same way again. */
const MAX_SHRUNK = 3

/** `packetproof conformance` */
export async function conformance(_args: readonly string[], values: OptionValues): Promise<number> {
  const seed = readCount(values, 'seed')
  const maxTries = readCount(values, 'shrink')
  const cases = selectCases(readCount(values, 'cases'), seed, values.list('test'))
  const asked = selectComponents(values.list('component'), [{ components: [{ name: COMPONENT, variants }] }])
  const provider = values.text('provider') ?? 'netns'
  const choices = readProviderChoices(values)
  const isJson = values.text('format') === 'json'
  const isQuiet = values.flag('quiet')
  const note = (text: string): void => void (isQuiet || process.stderr.write(`${text}\n`))
  if (provider === 'netns') requireScenarioTools()
  const startedAt = performance.now()
  using interrupt = listenForInterrupt(values.durationMs('timeout'), (text) => process.stderr.write(`\n${text}\n`))
  const { signal } = interrupt
  await using cluster = await createCluster('conformance', { provider, ...choices, signal, onNote: note })
  const variant = asked.get(COMPONENT) ?? ((await findCalico(cluster)) === undefined ? 'builtin' : 'present')
  await deployComponent(cluster, variant, note, signal)
  await using pods = await ConformanceCluster.create(cluster, { family: values.text('family') === '6' ? 6 : 4, signal })
  const style = outputStyle()
  const results = await runCases(pods, cases, {
    maxShrunk: maxTries === 0 ? 0 : MAX_SHRUNK,
    maxTries,
    signal,
    onCase: (result) => {
      if (!isJson && (!isQuiet || result.outcome !== 'passed')) printData(caseText(result, style))
    },
    onShrink: ({ name }) => note(`${name} failed; looking for what is the least that fails`),
  })
  const durationMs = Math.round(performance.now() - startedAt)
  const hasPassed = results.every(isGood)
  if (isJson) printJson({ schemaVersion: 1, provider, variant, seed, hasPassed, durationMs, cases: results })
  else printData(`\n${summaryText(results, durationMs)}`)
  return hasPassed ? 0 : 1
}

function isGood({ outcome }: CaseResult): boolean {
  return outcome !== 'failed' && outcome !== 'inconclusive'
}

async function deployComponent(
  cluster: Cluster,
  variant: string,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (variant === 'present') return
  const engine = lackOf(cluster.capabilities, ['no-policy-engine'])
  if (engine !== undefined) note(`note: what passes here does not prove the component. It ${engine}`)
  await networkPolicy.deploy(cluster, variant === 'builtin' ? {} : { image: variant }, { signal })
}

function readCount(values: OptionValues, name: string): number {
  const text = values.text(name) ?? '0'
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new PacketproofError('E_USAGE', `--${name} "${text}": expected a whole number`)
}
