import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { endpointsByPort, usableEndpoints } from './endpoints.ts'
import type { ProxyOptions } from './options.ts'
import { LARGE_CLUSTER_ENDPOINTS, renderService } from './render-service.ts'
import { appendRule, type ChainRules, commentWords, declareChain, type RuleTables } from './rule-tables.ts'
import { type IpFamily, printServicePort, servicePortsOf } from './service-port.ts'

const MARK = '0x00004000'
const MARK_MATCH = `${MARK}/${MARK}`

export interface ProxiedObjects {
  readonly services: Iterable<V1Service>
  readonly slices: Iterable<V1EndpointSlice>
}

/** The chains that exist whatever the services are. */
export const staticChains = {
  filter: [
    'KUBE-NODEPORTS',
    'KUBE-SERVICES',
    'KUBE-EXTERNAL-SERVICES',
    'KUBE-FIREWALL',
    'KUBE-FORWARD',
    'KUBE-PROXY-FIREWALL',
  ],
  nat: ['KUBE-NODEPORTS', 'KUBE-SERVICES', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'],
} as const

/**
 * Everything that kube-proxy's iptables mode (Kubernetes 1.33) has on a node for these objects in one address family. Pure.
 * @throws PacketproofError E_INVALID_INPUT that names the object and the field.
 */
export function renderTables(
  { services, slices }: ProxiedObjects,
  family: IpFamily,
  options: ProxyOptions,
): RuleTables {
  const tables: RuleTables = { filter: new Map(), nat: new Map() }
  const hasLocalhost = family === 4 && options.localhostNodePorts
  for (const chain of staticChains.filter) {
    if (chain !== 'KUBE-FIREWALL' || hasLocalhost) declareChain(tables.filter, chain)
  }
  for (const chain of staticChains.nat) declareChain(tables.nat, chain)
  renderMasquerading(tables.nat, options)
  if (hasLocalhost) renderLocalhostGuard(tables.filter)
  const endpoints = endpointsByPort(slices, family, options.nodeName)
  const total = [...endpoints.values()].reduce((sum, each) => sum + each.length, 0)
  const ports = [...services].flatMap((service) => servicePortsOf(service, family))
  ports.sort((a, b) => (printServicePort(a) < printServicePort(b) ? -1 : 1))
  for (const port of ports) {
    const usable = usableEndpoints(port, endpoints.get(printServicePort(port)) ?? [])
    renderService(tables, port, usable, options, total > LARGE_CLUSTER_ENDPOINTS)
  }
  const notLocalhost = family === 6 ? ['!', '-d', '::1/128'] : hasLocalhost ? [] : ['!', '-d', '127.0.0.0/8']
  appendRule(tables.nat, 'KUBE-SERVICES', [
    ...commentWords('kubernetes service nodeports; NOTE: this must be the last rule in this chain'),
    ...['-m', 'addrtype', '--dst-type', 'LOCAL', ...notLocalhost, '-j', 'KUBE-NODEPORTS'],
  ])
  renderForward(tables.filter)
  return tables
}

function renderMasquerading(nat: ChainRules, { randomFully }: ProxyOptions): void {
  appendRule(nat, 'KUBE-POSTROUTING', ['-m', 'mark', '!', '--mark', MARK_MATCH, '-j', 'RETURN'])
  // A packet that passes once more, in a tunnel for instance, is not masqueraded once more.
  appendRule(nat, 'KUBE-POSTROUTING', ['-j', 'MARK', '--xor-mark', MARK])
  const masquerade = ['-j', 'MASQUERADE', ...(randomFully ? ['--random-fully'] : [])]
  appendRule(nat, 'KUBE-POSTROUTING', [...commentWords('kubernetes service traffic requiring SNAT'), ...masquerade])
  appendRule(nat, 'KUBE-MARK-MASQ', ['-j', 'MARK', '--or-mark', MARK])
}

/** With route_localnet anybody on the link could reach what listens on 127.0.0.1. */
function renderLocalhostGuard(filter: ChainRules): void {
  const crossing = ['-d', '127.0.0.0/8', '!', '-s', '127.0.0.0/8']
  const isNew = ['-m', 'conntrack', '!', '--ctstate', 'RELATED,ESTABLISHED,DNAT']
  const comment = commentWords('block incoming localnet connections')
  appendRule(filter, 'KUBE-FIREWALL', [...comment, ...crossing, ...isNew, '-j', 'DROP'])
}

function renderForward(filter: ChainRules): void {
  const append = (...words: readonly string[]): void => appendRule(filter, 'KUBE-FORWARD', words)
  append('-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'DROP')
  append(...commentWords('kubernetes forwarding rules'), '-m', 'mark', '--mark', MARK_MATCH, '-j', 'ACCEPT')
  const established = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT']
  append(...commentWords('kubernetes forwarding conntrack rule'), ...established)
}
