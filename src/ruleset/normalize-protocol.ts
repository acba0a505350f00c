/** Names that iptables prints (xtables.c and /etc/protocols), as numbers; 1.8.9 lists numbers where others list names. */
const numbers: Readonly<Record<string, string>> = {
  all: '0',
  ip: '0',
  icmp: '1',
  igmp: '2',
  ipencap: '4',
  ipip: '4',
  ipv4: '4',
  tcp: '6',
  udp: '17',
  dccp: '33',
  ipv6: '41',
  gre: '47',
  esp: '50',
  'ipv6-crypt': '50',
  ah: '51',
  'ipv6-auth': '51',
  'ipv6-icmp': '58',
  icmpv6: '58',
  icmp6: '58',
  ospf: '89',
  sctp: '132',
  mh: '135',
  'ipv6-mh': '135',
  'mobility-header': '135',
  udplite: '136',
}

/** The protocol's number, or the name in lower case when it is not known. `all` is `0`. */
export function normalizeProtocol(text: string): string {
  const name = text.toLowerCase()
  return numbers[name] ?? name
}
