import { existsSync, readFileSync } from 'node:fs'
import { loadProfile, parseProfile } from '../../../cluster/load-profile.ts'
import type { ClusterProfile } from '../../../cluster/profile.ts'
import { createLab } from '../../../lab/create-lab.ts'
import { labFiles } from '../../../lab/lab-folder.ts'
import { openLab } from '../../../lab/open-lab.ts'
import { requireScenarioTools } from '../../../providers/netns/client/find-tool.ts'
import { listenForInterrupt } from '../../interrupt.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData, printJson } from '../../output.ts'
import { readProviderChoices } from '../../provider-options.ts'

const defaultProfile = 'lab'

/** `packetproof up [PROFILE]` */
export async function up(args: readonly string[], values: OptionValues): Promise<number> {
  const profile = readProfile(args[0] ?? defaultProfile)
  const provider = values.text('provider') ?? 'netns'
  const choices = readProviderChoices(values)
  if (provider === 'netns') requireScenarioTools()
  const name = values.text('name') ?? profile.name
  const start = performance.now()
  const note = (text: string): void => void (values.flag('quiet') || process.stderr.write(`${text}\n`))
  using interrupt = listenForInterrupt(undefined, (text) => process.stderr.write(`\n${text}\n`))
  await createLab({ name, provider, profile, choices, onNote: note, signal: interrupt.signal })
  const seconds = Math.round(performance.now() - start) / 1000
  const { kubeconfig } = labFiles(name)
  if (values.text('format') === 'json') {
    await using lab = await openLab(name)
    const hosts = [...lab.cluster.nodes, ...lab.cluster.machines].map(({ name: host, kind, addresses }) => {
      return { name: host, kind, addresses }
    })
    printJson({ schemaVersion: 1, name, provider, profile: profile.name, kubeconfig, hosts, seconds })
    return 0
  }
  const nodes = profile.nodes.map((node) => node.name)
  const machines = [...profile.outsiders, ...profile.externalHosts].map((machine) => machine.name)
  const which = name === defaultProfile ? '' : ` --lab ${name}`
  printData(
    [
      `The lab "${name}" is up: ${nodes.join(', ')}${machines.length === 0 ? '' : `; beside it ${machines.join(', ')}`} (${seconds.toFixed(1)} s).`,
      '',
      `  export KUBECONFIG=${kubeconfig}`,
      `  packetproof exec${which} ${nodes[0] ?? 'NODE'} -- ip address`,
      `  packetproof explain${which} ${nodes[0] ?? 'NODE'} ${nodes[1] ?? machines[0] ?? 'HOST'}`,
      `  packetproof down${name === defaultProfile ? '' : ` ${name}`}`,
      '',
    ].join('\n'),
  )
  return 0
}

/** The name of a profile of this project, or a file. */
function readProfile(text: string): ClusterProfile {
  const isFile = text.includes('/') || /\.ya?ml$/.test(text)
  return isFile && existsSync(text) ? parseProfile(readFileSync(text, 'utf8'), text) : loadProfile(text)
}
