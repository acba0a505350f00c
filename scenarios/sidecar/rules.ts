/** The rules of the table nat that the flags of the document make, as they come out of iptables-save. */
export const rule = {
  prerouting: '-A PREROUTING -p tcp -j ISTIO_INBOUND',
  output: '-A OUTPUT -j ISTIO_OUTPUT',
  excluded: (port: number): string => `-A ISTIO_INBOUND -p tcp -m tcp --dport ${port} -j RETURN`,
  inbound: '-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT',
  to15006: '-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006',
  to15001: '-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001',
  fromPassthrough: '-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN',
  proxyToItself:
    '-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT',
  appByLo: '-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN',
  proxyUser: '-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN',
  groupToItself:
    '-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT',
  groupByLo: '-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN',
  proxyGroup: '-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN',
  localhost: '-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN',
  redirect: '-A ISTIO_OUTPUT -j ISTIO_REDIRECT',
} as const

/** Each of them once: the first packet of one connection. */
export function once(...rules: readonly string[]): { readonly rule: string; readonly packets: number }[] {
  return rules.map((text) => ({ rule: text, packets: 1 }))
}

/** The chains of a flow, in the order of the document. */
export const flows = {
  capturedInbound: [rule.prerouting, rule.inbound, rule.to15006],
  capturedOutbound: [rule.output, rule.redirect, rule.to15001],
  passthrough: [rule.output, rule.fromPassthrough],
  proxyOut: [rule.output, rule.proxyUser],
} as const

/** All of them, in the order in which they stand. */
export const listing: readonly string[] = [
  rule.prerouting,
  rule.output,
  ...[15_008, 15_090, 15_021, 15_020].map(rule.excluded),
  rule.inbound,
  rule.to15006,
  rule.to15001,
  rule.fromPassthrough,
  rule.proxyToItself,
  rule.appByLo,
  rule.proxyUser,
  rule.groupToItself,
  rule.groupByLo,
  rule.proxyGroup,
  rule.localhost,
  rule.redirect,
]
