import { cidrContains, parseCidr } from '../../../helpers/cidr.ts'
import { invalidInput, messageOf } from '../../errors.ts'
import type { ServiceChains } from './chain-names.ts'
import type { UsableEndpoints } from './endpoints.ts'
import type { ProxyOptions } from './options.ts'
import { appendRule, commentWords, declareChain, matchDestination, type RuleTables } from './rule-tables.ts'
import { printServicePort, type ServicePort } from './service-port.ts'

const toThisNode = ['-m', 'addrtype', '--dst-type', 'LOCAL'] as const
const fromThisNode = ['-m', 'addrtype', '--src-type', 'LOCAL'] as const

/** What comes to external IPs, load balancers and node ports. */
export function renderExternalTraffic(
  tables: RuleTables,
  port: ServicePort,
  usable: UsableEndpoints,
  chains: ServiceChains,
  options: ProxyOptions,
): void {
  const name = printServicePort(port)
  const hasExternal = usable.hasAny && (!port.isExternalLocal || usable.local.length > 0)
  const [why, target] = usable.hasAny ? ['has no local endpoints', 'DROP'] : ['has no endpoints', 'REJECT']
  const capture = (chain: string, comment: string, match: readonly string[], to: string): void => {
    if (usable.hasAny) appendRule(tables.nat, chain, [...commentWords(comment), ...match, '-j', to])
  }
  const refuse = (match: readonly string[]): void => {
    if (hasExternal) return
    appendRule(tables.filter, 'KUBE-EXTERNAL-SERVICES', [...commentWords(`${name} ${why}`), ...match, '-j', target])
  }
  for (const address of port.externalIps) {
    capture('KUBE-SERVICES', `${name} external IP`, matchDestination(port, address), chains.external)
    refuse(matchDestination(port, address))
  }
  const loadBalancerChain = hasFirewall(port, usable) ? chains.firewall : chains.external
  for (const address of port.loadBalancerIps) {
    capture('KUBE-SERVICES', `${name} loadbalancer IP`, matchDestination(port, address), loadBalancerChain)
    refuse(matchDestination(port, address))
  }
  if (port.nodePort !== undefined) {
    const match = ['-m', port.protocol, '-p', port.protocol, '--dport', String(port.nodePort)]
    capture('KUBE-NODEPORTS', name, match, chains.external)
    refuse([...toThisNode, ...match])
  }
  if (usable.hasAny) renderExternalChain(tables, port, hasExternal, chains, options)
}

function renderExternalChain(
  { nat }: RuleTables,
  port: ServicePort,
  hasExternal: boolean,
  chains: ServiceChains,
  { clusterCidr }: ProxyOptions,
): void {
  const where = `${printServicePort(port)} external destinations`
  const append = (...words: readonly string[]): void => appendRule(nat, chains.external, words)
  declareChain(nat, chains.external)
  if (port.isExternalLocal) {
    // Pods and this node itself need not stay here: for them it is as if they had gone out and come back.
    if (clusterCidr !== undefined) {
      append(...commentWords(`pod traffic for ${where}`), '-s', clusterCidr, '-j', chains.cluster)
    }
    append(...commentWords(`masquerade LOCAL traffic for ${where}`), ...fromThisNode, '-j', 'KUBE-MARK-MASQ')
    append(...commentWords(`route LOCAL traffic for ${where}`), ...fromThisNode, '-j', chains.cluster)
  } else append(...commentWords(`masquerade traffic for ${where}`), '-j', 'KUBE-MARK-MASQ')
  if (hasExternal) append('-j', port.isExternalLocal ? chains.local : chains.cluster)
}

function hasFirewall(port: ServicePort, usable: UsableEndpoints): boolean {
  return usable.hasAny && port.loadBalancerIps.length > 0 && port.loadBalancerSourceRanges.length > 0
}

/** Who may come to a load balancer. */
export function renderFirewall(
  { nat, filter }: RuleTables,
  port: ServicePort,
  usable: UsableEndpoints,
  chains: ServiceChains,
  { nodeIp }: ProxyOptions,
): void {
  if (!hasFirewall(port, usable)) return
  const name = printServicePort(port)
  const ranges = port.loadBalancerSourceRanges.map((range) => readRange(range, port))
  const accept = (source: string): void =>
    appendRule(nat, chains.firewall, [...commentWords(`${name} loadbalancer IP`), '-s', source, '-j', chains.external])
  for (const { text } of ranges) accept(text)
  // A node that is a source itself may find the balancer's address to be its own, and send from it.
  if (nodeIp !== undefined && ranges.some((range) => cidrContains(range, nodeIp))) {
    for (const address of port.loadBalancerIps) accept(address)
  }
  appendRule(nat, chains.firewall, commentWords(`other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`))
  for (const address of port.loadBalancerIps) {
    const comment = commentWords(`${name} traffic not accepted by ${chains.firewall}`)
    appendRule(filter, 'KUBE-PROXY-FIREWALL', [...comment, ...matchDestination(port, address), '-j', 'DROP'])
  }
}

function readRange(text: string, port: ServicePort): ReturnType<typeof parseCidr> {
  try {
    return parseCidr(text)
  } catch (cause) {
    throw invalidInput(`Service ${port.service}: spec.loadBalancerSourceRanges: ${messageOf(cause)}`, { cause })
  }
}
