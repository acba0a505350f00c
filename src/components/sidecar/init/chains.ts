import type { ByFamily } from './rule-builder.ts'

/** The chains of the rules, as istio-iptables names them. */
export const chains = {
  inbound: 'ISTIO_INBOUND',
  output: 'ISTIO_OUTPUT',
  outputDns: 'ISTIO_OUTPUT_DNS',
  redirect: 'ISTIO_REDIRECT',
  inRedirect: 'ISTIO_IN_REDIRECT',
  divert: 'ISTIO_DIVERT',
  tproxy: 'ISTIO_TPROXY',
  drop: 'ISTIO_DROP',
} as const

/** The source from which Envoy passes incoming connections on (InboundPassthroughBindIpv4 and its IPv6 twin). */
export const passthroughSource: ByFamily = { 4: '127.0.0.6/32', 6: '::6/128' }

/** Where the agent answers DNS. */
export const agentDnsPort = '15053'

/** Marks what the proxy sends to its own pod, in TPROXY mode. */
export const outboundMark = '1338'
