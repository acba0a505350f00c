import { packageVersion } from '../helpers/package-version.ts'
import { buildProgram, type Invocation } from '../src/cli/build-program.ts'
import { readProviderChoices } from '../src/cli/provider-options.ts'
import { selectComponents } from '../src/cli/select-components.ts'
import type { ProviderChoices } from '../src/cluster/node-access.ts'
import type { ScenarioDefinition } from '../src/index.ts'
import { borrowsCluster, retainsClusters } from '../src/providers/create-cluster.ts'

export interface TestChoices {
  readonly provider: string
  readonly choices: ProviderChoices
  readonly components: ReadonlyMap<string, string>
  readonly slow: boolean
  /** Each fault takes a cluster of its own: where clusters are dear, or somebody else's, faults are left to the embedded one. */
  readonly provesFaults: boolean
}

/** What the environment says, in the variables of `packetproof run`. */
export function testChoices(scenario: ScenarioDefinition, env: NodeJS.ProcessEnv = process.env): TestChoices {
  let chosen: Invocation | undefined
  buildProgram(packageVersion(), env, (invocation) => (chosen = invocation)).parse(['run', scenario.name], {
    from: 'user',
  })
  if (chosen === undefined) throw new Error('the command line was not understood')
  const { values } = chosen
  const provider = values.text('provider') ?? 'netns'
  const isShared = retainsClusters(provider) && scenario.requires?.includes('no-foreign-rules') !== true
  return {
    provider,
    choices: { ...readProviderChoices(values), ...(isShared && { retain: true, shared: true }) },
    components: selectComponents(
      values.list('component').filter((text) => scenario.components.some(({ name }) => text.startsWith(`${name}=`))),
      [scenario],
    ),
    slow: values.flag('slow'),
    provesFaults: !borrowsCluster(provider) && !retainsClusters(provider),
  }
}
