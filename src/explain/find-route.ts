import type { Host } from '../cluster/host.ts'
import type { RouteDecision, Tuple } from './explanation.ts'

interface RouteQuestion {
  readonly tuple: Tuple
  readonly inInterface?: string
  readonly mark?: string
}

/**
 * Asks a host's routing tables where they lead a packet (`ip route get fibmatch`): a packet that came in by an interface, or one
 * of its own. The error, when there is no way, is the kernel's.
 */
export async function findRoute(host: Host, { tuple, inInterface, mark }: RouteQuestion): Promise<RouteDecision> {
  const selectors = [
    ...(tuple.source === '' ? [] : ['from', tuple.source]),
    ...(inInterface === undefined ? [] : ['iif', inInterface]),
    ...(mark === undefined ? [] : ['mark', mark]),
  ]
  const result = await host.exec(['ip', '-o', 'route', 'get', 'fibmatch', tuple.destination, ...selectors])
  const text = oneLine(result.stdout)
  if (result.exitCode !== 0 || text === '') {
    return { text: oneLine(result.stderr).replace(/^(RTNETLINK answers|Error): /, ''), found: false }
  }
  const value = (name: string): string | undefined => new RegExp(`(?:^| )${name} (\\S+)`).exec(text)?.[1]
  const [device, gateway, table] = [value('dev'), value('via'), value('table')]
  const isSpecial = table !== undefined && table !== 'local' && table !== 'main'
  const rule = isSpecial ? await ruleOf(host, tuple.destination.includes(':') ? 6 : 4, table) : undefined
  return {
    text,
    found: !/^(unreachable|prohibit|blackhole|throw)\b/.test(text),
    ...(device !== undefined && { device }),
    ...(gateway !== undefined && { gateway }),
    ...(table !== undefined && { table }),
    ...(rule !== undefined && { rule }),
  }
}

/** The line of `ip rule` that leads to a table. */
async function ruleOf(host: Host, family: 4 | 6, table: string): Promise<string | undefined> {
  const { stdout } = await host.exec(['ip', `-${family}`, 'rule', 'show', 'table', table])
  const line = stdout.split('\n')[0]?.trim()
  return line === undefined || line === '' ? undefined : line.replace(/\s+/g, ' ')
}

function oneLine(text: string): string {
  return text.trim().split('\n')[0]?.replace(/\\/g, ' ').replace(/\s+/g, ' ').trim() ?? ''
}
