import { chains, passthroughSource } from './chains.ts'
import { addDnsRules, type DnsServers } from './dns-rules.ts'
import { addInboundRules } from './inbound-rules.ts'
import type { InitOptions } from './init-options.ts'
import { addOwnerRules, type OwnerRuleOptions } from './owner-rules.ts'
import { type ByFamily, type InitRule, type IpFamily, RuleBuilder } from './rule-builder.ts'
import { addTproxyRules } from './tproxy-rules.ts'

/** What the rules depend on beside the options. */
export interface PodFacts {
  readonly hasIpv6: boolean
  readonly dnsServers: DnsServers
}

export interface InitRules {
  readonly 4: readonly InitRule[]
  /** Empty where the pod has no IPv6. */
  readonly 6: readonly InitRule[]
  readonly warnings: readonly string[]
}

/** The rules of istio-iptables for these options, in its order and spelling. */
export function buildInitRules(options: InitOptions, facts: PodFacts): InitRules {
  const builder = new RuleBuilder()
  const { servers, isRedirected, warnings } = chooseDns(options, facts)
  const loopback: ByFamily = { 4: options.loopbackCidr, 6: '::1/128' }
  addInterfaceRules(builder, options)
  if (options.dropInvalid) {
    builder.append('mangle', 'PREROUTING', '-m', 'conntrack', '--ctstate', 'INVALID', '-j', chains.drop)
    builder.append('mangle', chains.drop, '-j', 'DROP')
  }
  builder.append('nat', chains.inbound, '-p', 'tcp', '--dport', options.inboundTunnelPort, '-j', 'RETURN')
  builder.append('nat', chains.redirect, '-p', 'tcp', '-j', 'REDIRECT', '--to-ports', options.proxyPort)
  builder.append('nat', chains.inRedirect, '-p', 'tcp', '-j', 'REDIRECT', '--to-ports', options.inboundCapturePort)
  addInboundRules(builder, options, loopback)
  builder.append('nat', 'OUTPUT', '-j', chains.output)
  for (const port of options.outboundPortsExclude) {
    builder.append('nat', chains.output, '-p', 'tcp', '--dport', port, '-j', 'RETURN')
    builder.append('nat', chains.output, '-p', 'udp', '--dport', port, '-j', 'RETURN')
  }
  builder.append('nat', chains.output, '-o', 'lo', '-s', passthroughSource, '-j', 'RETURN')
  const owners: OwnerRuleOptions = {
    loopback,
    tunnelPort: options.inboundTunnelPort,
    isDnsRedirected: isRedirected,
    // Traffic on lo is looked at further down when some of it is asked for by address.
    sparesApps: options.outboundCidrs === '*' || !options.outboundCidrs.some(isLoopback),
  }
  for (const uid of options.proxyUids) addOwnerRules(builder, '--uid-owner', uid, owners)
  for (const gid of options.proxyGids) addOwnerRules(builder, '--gid-owner', gid, owners)
  addOwnerGroupRules(builder, options)
  if (isRedirected) addDnsRules(builder, options, servers)
  builder.append('nat', chains.output, '-d', loopback, '-j', 'RETURN')
  addDestinationRules(builder, options)
  if (options.mode === 'TPROXY') addTproxyRules(builder, options, loopback)
  return { 4: builder.rules[4], 6: facts.hasIpv6 ? builder.rules[6] : [], warnings }
}

function chooseDns(
  options: InitOptions,
  { dnsServers: servers }: PodFacts,
): { servers: DnsServers; isRedirected: boolean; warnings: readonly string[] } {
  const hasServers = options.captureAllDns || servers[4].length + servers[6].length > 0
  const warning = 'DNS is not captured: there is no DNS server in resolv.conf, and --capture-all-dns is off'
  const isRedirected = options.redirectDns && hasServers
  return { servers, isRedirected, warnings: options.redirectDns && !hasServers ? [warning] : [] }
}

function addInterfaceRules(builder: RuleBuilder, options: InitOptions): void {
  const tables = options.mode === 'TPROXY' ? (['nat', 'mangle'] as const) : (['nat'] as const)
  for (const table of tables) {
    for (const name of options.excludeInterfaces) {
      builder.append(table, 'PREROUTING', '-i', name, '-j', 'RETURN')
      builder.append(table, 'OUTPUT', '-o', name, '-j', 'RETURN')
    }
  }
  for (const name of options.virtualInterfaces) builder.insert('nat', 'PREROUTING', 1, '-i', name, '-j', 'RETURN')
}

function addOwnerGroupRules(builder: RuleBuilder, { ownerGroups: { kind, groups } }: InitOptions): void {
  if (kind === 'only') {
    const none = groups.flatMap((group) => ['-m', 'owner', '!', '--gid-owner', group])
    builder.append('nat', chains.output, ...none, '-j', 'RETURN')
    return
  }
  for (const group of groups) {
    builder.append('nat', chains.output, '-m', 'owner', '--gid-owner', group, '-j', 'RETURN')
  }
}

/** By destination: what is left alone, then what is captured. */
function addDestinationRules(builder: RuleBuilder, options: InitOptions): void {
  for (const cidr of options.outboundCidrsExclude) {
    builder.appendTo(familyOf(cidr), 'nat', chains.output, '-d', cidr, '-j', 'RETURN')
  }
  for (const port of options.outboundPorts) {
    builder.append('nat', chains.output, '-p', 'tcp', '--dport', port, '-j', chains.redirect)
  }
  const { outboundCidrs, virtualInterfaces } = options
  if (outboundCidrs === '*') {
    builder.append('nat', chains.output, '-j', chains.redirect)
    for (const name of virtualInterfaces) builder.insert('nat', 'PREROUTING', 1, '-i', name, '-j', chains.redirect)
    return
  }
  for (const cidr of outboundCidrs) {
    const family = familyOf(cidr)
    for (const name of virtualInterfaces) {
      builder.insertInto(family, 'nat', 'PREROUTING', 1, '-i', name, '-d', cidr, '-j', chains.redirect)
    }
    builder.appendTo(family, 'nat', chains.output, '-d', cidr, '-j', chains.redirect)
  }
}

function familyOf(cidr: string): IpFamily {
  return cidr.includes(':') ? 6 : 4
}

function isLoopback(cidr: string): boolean {
  return cidr.startsWith('127.') || cidr.startsWith('::1/')
}
