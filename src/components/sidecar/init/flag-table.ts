/** How a flag's text is read; `switch` takes no word of its own. */
export type FlagKind = 'text' | 'switch'

export interface InitFlag {
  readonly name: string
  readonly short?: string
  readonly kind: FlagKind
  /** Variables that set it where the command line does not; the first that is set counts. */
  readonly env: readonly string[]
  readonly preset: string
  readonly help: string
}

const variableOf = (name: string): string => name.toUpperCase().replaceAll('-', '_')

const text = (name: string, short: string | undefined, preset: string, help: string): InitFlag => ({
  name,
  ...(short === undefined ? {} : { short }),
  kind: 'text',
  env: [variableOf(name)],
  preset,
  help,
})

const onOff = (name: string, help: string, alias: readonly string[] = [], short?: string): InitFlag => ({
  name,
  ...(short === undefined ? {} : { short }),
  kind: 'switch',
  env: [variableOf(name), ...alias],
  preset: 'false',
  help,
})

/** The flags of istio-iptables 1.30 in its order; its `--envoy-port` is the one that no variable sets. */
export const upstreamFlags: readonly InitFlag[] = [
  { ...text('envoy-port', 'p', '15001', 'port that outgoing TCP is redirected to'), env: [] },
  text('inbound-capture-port', 'z', '15006', 'port that incoming TCP is redirected to'),
  text('inbound-tunnel-port', 'e', '15008', 'port of the tunnel, which is never captured'),
  text('proxy-uid', 'u', '', "users whose traffic is the proxy's own (default: $ENVOY_USER's, or 1337)"),
  text('proxy-gid', 'g', '', 'groups likewise (default: as --proxy-uid)'),
  text('istio-inbound-interception-mode', 'm', '', 'REDIRECT or TPROXY (default REDIRECT)'),
  text('istio-inbound-ports', 'b', '', 'incoming ports to capture; * for all (default none)'),
  text('istio-local-exclude-ports', 'd', '', 'incoming ports to leave alone, where -b is *'),
  text('istio-exclude-interfaces', 'c', '', 'interfaces whose traffic is left alone, in and out'),
  text('istio-service-cidr', 'i', '', 'destinations to capture; * for all (default none)'),
  text('istio-service-exclude-cidr', 'x', '', 'destinations to leave alone'),
  text('istio-outbound-ports', 'q', '', 'outgoing ports to capture wherever they lead'),
  text('istio-local-outbound-ports-exclude', 'o', '', 'outgoing ports to leave alone, TCP and UDP'),
  text('kube-virt-interfaces', 'k', '', 'interfaces whose incoming traffic counts as outgoing'),
  text('istio-inbound-tproxy-mark', 't', '1337', 'mark of packets that TPROXY takes'),
  text('istio-inbound-tproxy-route-table', 'r', '133', 'routing table for that mark'),
  onOff('dry-run', 'print what would be applied, and touch nothing', [], 'n'),
  text('iptables-probe-port', undefined, '15002', 'port of the self-test'),
  text('probe-timeout', undefined, '5s', 'how long the self-test may take'),
  onOff('skip-rule-apply', 'apply nothing (with --run-validation: test only)'),
  onOff('run-validation', 'test that connections are captured; exit with 126 when they are not'),
  onOff('redirect-dns', "redirect DNS to the agent's port 15053", ['ISTIO_META_DNS_CAPTURE']),
  onOff('drop-invalid', 'drop packets that connection tracking calls invalid', ['INVALID_DROP']),
  onOff('dual-stack', 'IPv6 rules too as soon as the pod has an IPv6 address', ['ISTIO_DUAL_STACK']),
  onOff('capture-all-dns', 'with --redirect-dns: all of port 53, not only the servers of resolv.conf'),
  text('network-namespace', undefined, '', 'path of the network namespace to work in'),
  onOff('cni-mode', 'accepted; there is no difference here'),
  onOff('reconcile', 'replace rules that are there and differ, instead of failing'),
  onOff('cleanup-only', 'take the rules away'),
  onOff('force-apply', 'apply whatever is there'),
  onOff('native-nftables', 'not supported here'),
  text('force-iptables-binary', undefined, '', 'legacy or nft (default: what is in use)'),
]

/** Beyond upstream's, so that a dry run gives the same on every machine. */
export const ownFlags: readonly InitFlag[] = [
  { ...text('host-addresses', undefined, '', "addresses that stand for the pod's"), env: [] },
  { ...text('resolv-conf', undefined, '/etc/resolv.conf', 'file with the DNS servers'), env: [] },
  { ...onOff('help', 'print this', [], 'h'), env: [] },
]

/** The logging of Istio's programs, which the template of the sidecar sets: accepted, without effect. */
export const loggingFlags: readonly InitFlag[] = [
  'log_output_level',
  'log_stacktrace_level',
  'log_caller',
  'log_target',
  'log_rotate',
  'vklog',
].map((name) => ({ ...text(name, undefined, '', ''), env: [] }))

/** Set by the environment alone. */
export const variables = {
  envoyUser: { name: 'ENVOY_USER', preset: 'istio-proxy' },
  ownerGroups: { name: 'ISTIO_OUTBOUND_OWNER_GROUPS', preset: '*' },
  ownerGroupsExclude: { name: 'ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE', preset: '' },
  loopbackCidr: { name: 'ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR', preset: '127.0.0.1/32' },
} as const

/** The help of `packetproof agent sidecar-init`. */
export function initHelp(): string {
  const line = ({ name, short, kind, preset, help }: InitFlag): string => {
    const flag = `${short === undefined ? '    ' : `-${short}, `}--${name}${kind === 'text' ? ' TEXT' : ''}`
    return `  ${flag.padEnd(46)} ${help}${kind === 'text' && preset !== '' ? ` (default ${preset})` : ''}`
  }
  return `Usage: packetproof agent sidecar-init [flags]

Writes the rules that lead a pod's connections through a sidecar proxy, as istio-iptables 1.30 does.

${upstreamFlags.map(line).join('\n')}

Not upstream's:
${ownFlags.map(line).join('\n')}

A list is separated by commas. The flags of Istio's logging (--log_output_level and others) are accepted. Every flag but -p can be set by a variable of its name (INBOUND_CAPTURE_PORT for
--inbound-capture-port). By variables alone: ISTIO_OUTBOUND_OWNER_GROUPS (default *), ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE,
ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR (default 127.0.0.1/32).
`
}
