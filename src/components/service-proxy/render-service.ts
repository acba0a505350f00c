import { endpointChain, serviceChains } from './chain-names.ts'
import { type Endpoint, printEndpoint, type UsableEndpoints } from './endpoints.ts'
import type { ProxyOptions } from './options.ts'
import { renderExternalTraffic, renderFirewall } from './render-external.ts'
import { appendRule, commentWords, declareChain, matchDestination, type RuleTables } from './rule-tables.ts'
import { isExternallyAccessible, printServicePort, type ServicePort } from './service-port.ts'

/** Above so many endpoints in the cluster kube-proxy leaves the comments of endpoints away (its large cluster mode). */
export const LARGE_CLUSTER_ENDPOINTS = 1000

/** Appends what kube-proxy writes for one port of a Service. */
export function renderService(
  tables: RuleTables,
  port: ServicePort,
  usable: UsableEndpoints,
  options: ProxyOptions,
  isLarge: boolean,
): void {
  const name = printServicePort(port)
  const chains = serviceChains(name, port.protocol)
  const { nat, filter } = tables
  const internalChain = port.isInternalLocal ? chains.local : chains.cluster
  const hasInternal = usable.hasAny && (!port.isInternalLocal || usable.local.length > 0)
  const toClusterIp = [...matchDestination(port, port.clusterIp)]
  if (hasInternal) {
    const comment = commentWords(`${name} cluster IP`)
    appendRule(nat, 'KUBE-SERVICES', [...comment, ...toClusterIp, '-j', internalChain])
    const isLocalSource = options.clusterCidr === undefined ? undefined : ['!', '-s', options.clusterCidr]
    const sources = options.masqueradeAll ? [] : isLocalSource
    if (sources !== undefined) {
      appendRule(nat, internalChain, [...comment, ...toClusterIp, ...sources, '-j', 'KUBE-MARK-MASQ'])
    }
  } else {
    const [why, target] = usable.hasAny ? ['has no local endpoints', 'DROP'] : ['has no endpoints', 'REJECT']
    appendRule(filter, 'KUBE-SERVICES', [...commentWords(`${name} ${why}`), ...toClusterIp, '-j', target])
  }
  if (isExternallyAccessible(port)) renderExternalTraffic(tables, port, usable, chains, options)
  renderFirewall(tables, port, usable, chains, options)
  if (port.healthCheckNodePort !== undefined && port.healthCheckNodePort !== 0) {
    appendRule(filter, 'KUBE-NODEPORTS', [
      ...commentWords(`${name} health check node port`),
      ...['-m', 'tcp', '-p', 'tcp', '--dport', String(port.healthCheckNodePort), '-j', 'ACCEPT'],
    ])
  }
  const rules: readonly (readonly [string, readonly Endpoint[]])[] = [
    [chains.cluster, usable.cluster],
    [chains.local, usable.local],
  ]
  for (const [chain, endpoints] of rules) renderBalancing(tables, chain, port, endpoints, isLarge)
  for (const endpoint of usable.all) renderEndpoint(tables, port, endpoint, isLarge)
}

function renderBalancing(
  { nat }: RuleTables,
  chain: string,
  port: ServicePort,
  endpoints: readonly Endpoint[],
  isLarge: boolean,
): void {
  if (endpoints.length === 0) return
  const name = printServicePort(port)
  declareChain(nat, chain)
  const commentOf = (endpoint: Endpoint): readonly string[] =>
    isLarge ? [] : commentWords(`${name} -> ${printEndpoint(endpoint)}`)
  const chainOf = (endpoint: Endpoint): string => endpointChain(name, port.protocol, printEndpoint(endpoint))
  if (port.affinitySeconds !== undefined) {
    for (const endpoint of endpoints) {
      const seen = ['-m', 'recent', '--name', chainOf(endpoint), '--rcheck']
      const since = ['--seconds', String(port.affinitySeconds), '--reap']
      appendRule(nat, chain, [...commentOf(endpoint), ...seen, ...since, '-j', chainOf(endpoint)])
    }
  }
  for (const [index, endpoint] of endpoints.entries()) {
    const left = endpoints.length - index
    // Whatever comes to the last one takes it.
    const chance = ['-m', 'statistic', '--mode', 'random', '--probability', (1 / left).toFixed(10)]
    appendRule(nat, chain, [...commentOf(endpoint), ...(left > 1 ? chance : []), '-j', chainOf(endpoint)])
  }
}

function renderEndpoint({ nat }: RuleTables, port: ServicePort, endpoint: Endpoint, isLarge: boolean): void {
  const name = printServicePort(port)
  const chain = endpointChain(name, port.protocol, printEndpoint(endpoint))
  const comment = isLarge ? [] : commentWords(name)
  // A pod that reaches itself by its Service must not see its own address as the other side's.
  appendRule(nat, chain, [...comment, '-s', endpoint.address, '-j', 'KUBE-MARK-MASQ'])
  const remember = port.affinitySeconds === undefined ? [] : ['-m', 'recent', '--name', chain, '--set']
  const translate = [
    '-m',
    port.protocol,
    '-p',
    port.protocol,
    '-j',
    'DNAT',
    '--to-destination',
    printEndpoint(endpoint),
  ]
  appendRule(nat, chain, [...comment, ...remember, ...translate])
}
