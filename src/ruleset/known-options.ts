function table(entries: Readonly<Record<string, string>>): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(Object.entries(entries).map(([name, options]) => [name, new Set(options.split(' '))]))
}

/**
 * Options of the usual targets (iptables-extensions(8)). Needed because a payload may put a target's options after a
 * later match: `-j MASQUERADE -m statistic --mode random --probability 0.5 --to-ports 1024-2048`.
 */
export const targetOptionNames = table({
  CLASSIFY: 'set-class',
  CONNMARK: 'set-mark set-xmark and-mark or-mark xor-mark save-mark restore-mark nfmask ctmask mask',
  CT: 'notrack helper ctevents expevents zone zone-orig zone-reply timeout',
  DNAT: 'to-destination random persistent',
  HL: 'hl-set hl-inc hl-dec',
  LOG: 'log-level log-prefix log-tcp-sequence log-tcp-options log-ip-options log-uid log-macdecode',
  MARK: 'set-mark set-xmark and-mark or-mark xor-mark',
  MASQUERADE: 'to-ports random random-fully',
  NETMAP: 'to',
  NFLOG: 'nflog-group nflog-prefix nflog-range nflog-size nflog-threshold',
  NFQUEUE: 'queue-num queue-balance queue-bypass queue-cpu-fanout',
  REDIRECT: 'to-ports random',
  REJECT: 'reject-with',
  SET: 'add-set del-set map-set exist timeout map-mark map-prio map-queue',
  SNAT: 'to-source random random-fully persistent',
  TCPMSS: 'set-mss clamp-mss-to-pmtu',
  TEE: 'gateway oif',
  TOS: 'set-tos and-tos or-tos xor-tos',
  TPROXY: 'on-port on-ip tproxy-mark',
  TTL: 'ttl-set ttl-inc ttl-dec',
})

/** Verdicts and extensions (iptables-extensions(8)); any other target is a chain. */
export const knownTargets: ReadonlySet<string> = new Set([
  ...targetOptionNames.keys(),
  ...'ACCEPT DROP RETURN QUEUE AUDIT CHECKSUM CLUSTERIP CONNSECMARK DNPT DSCP ECN HMARK IDLETIMER LED'.split(' '),
  ...'NOTRACK RATEEST SECMARK SNPT SYNPROXY TCPOPTSTRIP TRACE ULOG'.split(' '),
])

/** Options of the usual matches, for the same reason: `-m comment -j RETURN --comment x`, `-p tcp -m mark --dport 80`. */
export const matchOptionNames = table({
  addrtype: 'src-type dst-type limit-iface-in limit-iface-out',
  comment: 'comment',
  conntrack:
    'ctstate ctproto ctorigsrc ctorigdst ctreplsrc ctrepldst ctorigsrcport ctorigdstport ctreplsrcport ctrepldstport ctstatus ctexpire ctdir',
  icmp: 'icmp-type',
  icmp6: 'icmpv6-type',
  mark: 'mark',
  multiport: 'sports dports ports source-ports destination-ports',
  owner: 'uid-owner gid-owner socket-exists suppl-groups',
  set: 'match-set return-nomatch update-counters update-subcounters packets-eq packets-lt packets-gt bytes-eq bytes-lt bytes-gt',
  state: 'state',
  statistic: 'mode probability every packet',
  tcp: 'sport dport source-port destination-port tcp-flags syn tcp-option',
  udp: 'sport dport source-port destination-port',
  udplite: 'sport dport source-port destination-port',
  sctp: 'sport dport source-port destination-port chunk-types',
  dccp: 'sport dport source-port destination-port dccp-types dccp-option',
})

/** Options whose one value is free text and may look like an option: iptables prints `--comment -j` without quotes. */
export const freeTextOptions: ReadonlySet<string> = new Set([
  'comment',
  'log-prefix',
  'nflog-prefix',
  'string',
  'hex-string',
  'name',
  'hashlimit-name',
  'bytecode',
  'u32',
  'path',
  'selctx',
  'rateest',
])

/** The protocol match that `-p` loads when one of its options appears without `-m` (by protocol, as written). */
export const implicitMatch: ReadonlyMap<string, string> = new Map([
  ['tcp', 'tcp'],
  ['6', 'tcp'],
  ['udp', 'udp'],
  ['17', 'udp'],
  ['udplite', 'udplite'],
  ['136', 'udplite'],
  ['sctp', 'sctp'],
  ['132', 'sctp'],
  ['dccp', 'dccp'],
  ['33', 'dccp'],
  ['icmp', 'icmp'],
  ['1', 'icmp'],
  ['ipv6-icmp', 'icmp6'],
  ['icmpv6', 'icmp6'],
  ['58', 'icmp6'],
  ['esp', 'esp'],
  ['50', 'esp'],
  ['ah', 'ah'],
  ['51', 'ah'],
  ['mh', 'mh'],
  ['135', 'mh'],
])
