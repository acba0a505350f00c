import type { Ruleset } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { mustRun, type RunTool } from '../run-tool.ts'
import { planChanges, planRemoval } from './plan.ts'
import type { RuleTables } from './rule-tables.ts'
import type { IpFamily } from './service-port.ts'

/** Between reading the rules and changing them, others may change them too. */
const MAX_ATTEMPTS = 4
const ROUTE_LOCALNET = '/proc/sys/net/ipv4/conf/all/route_localnet'

/** What is still to be done on a machine; empty when its rules are right. @throws PacketproofError of the tools. */
export async function inspectNode(run: RunTool, family: IpFamily, tables: RuleTables): Promise<string> {
  return planChanges(tables, await readRules(run, family))
}

/**
 * Makes a machine's rules those of the tables.
 * @returns the payloads that were applied.
 * @throws PacketproofError with iptables' words when it refuses: the table that it refused is as it was.
 */
export async function reconcileNode(run: RunTool, family: IpFamily, tables: RuleTables): Promise<readonly string[]> {
  const applied: string[] = []
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const payload = await inspectNode(run, family, tables)
    if (payload === '') break
    await restore(run, family, payload)
    applied.push(payload)
  }
  return applied
}

/** Takes kube-proxy's chains and jumps away. @returns whether there were any. */
export async function cleanNode(run: RunTool, family: IpFamily): Promise<boolean> {
  const payload = planRemoval(await readRules(run, family))
  if (payload === '') return false
  await restore(run, family, payload)
  return true
}

/** Lets 127.0.0.1 be translated to other addresses, which node ports on it need; or not any more. */
export async function setRouteLocalnet(run: RunTool, isOn: boolean): Promise<void> {
  const current = (await mustRun(run, ['cat', ROUTE_LOCALNET])).trim()
  const wanted = isOn ? '1' : '0'
  if (current !== wanted) await mustRun(run, ['sysctl', '-q', '-w', `net.ipv4.conf.all.route_localnet=${wanted}`])
}

async function readRules(run: RunTool, family: IpFamily): Promise<Ruleset> {
  const program = `${programOf(family)}-save`
  return parseRuleset(await mustRun(run, [program]), { source: program, allowEmpty: true })
}

async function restore(run: RunTool, family: IpFamily, payload: string): Promise<void> {
  await mustRun(run, [`${programOf(family)}-restore`, '-w', '5', '--noflush'], payload)
}

function programOf(family: IpFamily): string {
  return family === 4 ? 'iptables' : 'ip6tables'
}
