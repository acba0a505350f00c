import { messageOf } from '../../../errors.ts'
import { mustRun, type RunTool } from '../../run-tool.ts'
import type { InitOptions } from './init-options.ts'
import type { IpFamily } from './rule-builder.ts'

/**
 * What the rules need beside iptables: with IPv6 the address ::6 on lo, in TPROXY mode a routing table that takes marked packets in.
 * What is there already stays.
 */
export async function configureRoutes(run: RunTool, options: InitOptions, hasIpv6: boolean): Promise<void> {
  if (hasIpv6) await addUnlessThere(run, ['ip', '-6', 'address', 'add', '::6/128', 'dev', 'lo'])
  if (!needsRoutes(options)) return
  for (const family of familiesOf(hasIpv6)) {
    const ip = ['ip', `-${family}`]
    const rule = ruleWords(options)
    if (!(await isListed(run, family, options))) await mustRun(run, [...ip, 'rule', 'add', ...rule])
    await mustRun(run, [...ip, 'route', 'replace', 'local', 'default', 'dev', 'lo', 'table', options.tproxyRouteTable])
  }
}

/** The opposite; what is not there is not missed. */
export async function removeRoutes(run: RunTool, options: InitOptions, hasIpv6: boolean): Promise<void> {
  if (hasIpv6) await run(['ip', '-6', 'address', 'del', '::6/128', 'dev', 'lo'])
  for (const family of familiesOf(hasIpv6)) {
    if (!(await isListed(run, family, options))) continue
    await run(['ip', `-${family}`, 'rule', 'del', ...ruleWords(options)])
    await run(['ip', `-${family}`, 'route', 'flush', 'table', options.tproxyRouteTable])
  }
}

function needsRoutes({ mode, inboundPorts }: InitOptions): boolean {
  return mode === 'TPROXY' && (inboundPorts === '*' || inboundPorts.length > 0)
}

function familiesOf(hasIpv6: boolean): readonly IpFamily[] {
  return hasIpv6 ? [4, 6] : [4]
}

function ruleWords({ tproxyMark, tproxyRouteTable }: InitOptions): readonly string[] {
  return ['fwmark', tproxyMark, 'lookup', tproxyRouteTable]
}

async function isListed(run: RunTool, family: IpFamily, options: InitOptions): Promise<boolean> {
  const listed = await mustRun(run, ['ip', `-${family}`, 'rule', 'list'])
  const mark = `fwmark 0x${Number(options.tproxyMark).toString(16)} lookup ${options.tproxyRouteTable}`
  return listed.split('\n').some((line) => line.trimEnd().endsWith(mark))
}

async function addUnlessThere(run: RunTool, argv: readonly string[]): Promise<void> {
  try {
    await mustRun(run, argv)
  } catch (error) {
    // RTNETLINK answers: File exists; newer: Error: ipv6: address already assigned.
    if (!/file exists|already assigned/i.test(messageOf(error))) throw error
  }
}
