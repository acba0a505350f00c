import { agentDnsPort, chains } from './chains.ts'
import type { InitOptions } from './init-options.ts'
import type { RuleBuilder } from './rule-builder.ts'

/** The DNS servers of resolv.conf by family, as they are written there. */
export interface DnsServers {
  readonly 4: readonly string[]
  readonly 6: readonly string[]
}

/** DNS to the agent, and conntrack zones that keep the app's queries apart from the agent's. */
export function addDnsRules(builder: RuleBuilder, options: InitOptions, servers: DnsServers): void {
  builder.append('raw', 'OUTPUT', '-j', chains.outputDns)
  const selections = selectionsOf(options, servers)
  const used = selections.filter(({ to }) => to.length > 0)
  for (const { family } of used) builder.appendTo(family, 'nat', chains.output, '-j', chains.outputDns)
  for (const { protocol, toPort } of redirects) {
    for (const { family, to } of used) {
      for (const server of to) {
        const match = ['-p', protocol, '--dport', '53', ...destination(server, family)]
        builder.appendTo(family, 'nat', chains.outputDns, ...match, '-j', 'REDIRECT', toPort, agentDnsPort)
      }
    }
  }
  addOwnZones(builder, options)
  for (const { family, to } of used) {
    builder.appendTo(family, 'raw', 'PREROUTING', '-j', chains.inbound)
    for (const server of to) {
      const query = ['-p', 'udp', '--dport', '53', ...destination(server, family)]
      const answer = ['-p', 'udp', '--sport', '53', ...(server === everyServer ? [] : ['-s', prefix(server, family)])]
      builder.appendTo(family, 'raw', chains.outputDns, ...query, '-j', 'CT', '--zone', '2')
      builder.appendTo(family, 'raw', chains.inbound, ...answer, '-j', 'CT', '--zone', '1')
    }
  }
}

const everyServer = '*'

/** `--to-port` is upstream's spelling for UDP; iptables takes it for `--to-ports`. */
const redirects = [
  { protocol: 'tcp', toPort: '--to-ports' },
  { protocol: 'udp', toPort: '--to-port' },
] as const

function selectionsOf(
  { captureAllDns }: InitOptions,
  servers: DnsServers,
): readonly { readonly family: 4 | 6; readonly to: readonly string[] }[] {
  return ([4, 6] as const).map((family) => ({ family, to: captureAllDns ? [everyServer] : servers[family] }))
}

function addOwnZones(builder: RuleBuilder, { proxyUids, proxyGids }: InitOptions): void {
  const owners = [...proxyUids.map((uid) => ['--uid-owner', uid]), ...proxyGids.map((gid) => ['--gid-owner', gid])]
  for (const owner of owners) {
    const zone = (...words: readonly string[]): void =>
      builder.append(
        'raw',
        chains.outputDns,
        '-p',
        'udp',
        ...words.slice(0, 2),
        '-m',
        'owner',
        ...owner,
        '-j',
        'CT',
        ...words.slice(2),
      )
    zone('--dport', '53', '--zone', '1')
    zone('--sport', agentDnsPort, '--zone', '2')
  }
}

function destination(server: string, family: 4 | 6): readonly string[] {
  return server === everyServer ? [] : ['-d', prefix(server, family)]
}

function prefix(server: string, family: 4 | 6): string {
  return `${server}/${family === 4 ? 32 : 128}`
}
