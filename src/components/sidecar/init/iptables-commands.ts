import { PacketproofError } from '../../../errors.ts'
import { noSuchProgram, type RunTool } from '../../run-tool.ts'
import type { InitOptions } from './init-options.ts'
import type { IpFamily } from './rule-builder.ts'

/** `iptables-nft` and its like; `-save` and `-restore` follow it. */
export type IptablesCommand = string

/**
 * Chooses the variant of iptables that the pod is to have its rules in: the forced one; or legacy where there are legacy rules;
 * or nft; or the one that has no other name.
 * @returns undefined when there is none for IPv6 and the pod needs none.
 * @throws PacketproofError E_TOOL_MISSING
 */
export async function chooseIptables(
  run: RunTool,
  family: IpFamily,
  options: Pick<InitOptions, 'forceBinary'>,
  isNeeded: boolean,
): Promise<IptablesCommand | undefined> {
  const base = family === 4 ? 'iptables' : 'ip6tables'
  const { forceBinary } = options
  const candidates = forceBinary === '' ? [`${base}-nft`, base] : [`${base}-${forceBinary}`]
  if (forceBinary === '' && (await hasLegacyRules(run, family, base))) candidates.unshift(`${base}-legacy`)
  for (const command of candidates) if (await exists(run, command)) return command
  if (!isNeeded) return undefined
  throw new PacketproofError('E_TOOL_MISSING', `${base} binary not found: there is no ${candidates.join(', no ')}`, {
    hint: 'install the iptables package, or choose another --force-iptables-binary',
  })
}

async function exists(run: RunTool, command: string): Promise<boolean> {
  return (await run([`${command}-restore`, '--version'])).exitCode !== noSuchProgram
}

/** Listing legacy tables makes them, so it is asked first whether there are any. */
async function hasLegacyRules(run: RunTool, family: IpFamily, base: string): Promise<boolean> {
  const names = await run(['cat', `/proc/net/${family === 4 ? 'ip' : 'ip6'}_tables_names`])
  if (names.stdout.trim() === '') return false
  const saved = await run([`${base}-legacy-save`])
  return /^-A /m.test(saved.stdout)
}
