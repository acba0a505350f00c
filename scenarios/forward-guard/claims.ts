import type { ClaimDefinition } from '../../src/index.ts'

const right = { judgement: 'right', expectation: 'proved' } as const
const correction = { judgement: 'correction', expectation: 'proved' } as const

/** What the document says, and with a letter what corrects a sentence or what it leaves out. */
export const claims: readonly ClaimDefinition[] = [
  {
    id: 'S4.1',
    statement:
      'Without protection a machine on the nodes’ subnet reaches any pod once it has a route by way of any node.',
    ...right,
  },
  {
    id: 'S4.2',
    statement: '`ipset create cluster_nodes iphash` and three adds make a set of type hash:ip with the three nodes.',
    ...right,
  },
  { id: 'S4.3', statement: 'What a node forwards is decided in the chain FORWARD of the table filter.', ...right },
  { id: 'S4.4', statement: 'FORWARD has the policy DROP and the 13 rules of the listing.', ...right },
  {
    id: 'S4.5',
    statement: 'The last rule of FORWARD amounts to allowing everything.',
    judgement: 'wrong',
    expectation: 'refuted',
    correctedBy: 'S4.5a',
    erratum:
      'Rule 13 asks for the mark that Calico sets on what its policy accepted. What lets the outsider in is rule 12, which accepts the pod range as destination. Rules 7, 9 and 10 look unconditional because `-L` without `-v` hides that they are for docker0.',
  },
  {
    id: 'S4.5a',
    statement:
      'The outsider is let in by rule 12 (destination in the pod range); the last rule counts nothing, and rules 7 to 10 are for docker0.',
    ...correction,
    correctionOf: 'S4.5',
  },
  { id: 'S4.6', statement: 'The rule inserted at 12 is number 12; the former 12 and 13 are 13 and 14.', ...right },
  {
    id: 'S4.7',
    statement: 'The listing shows `! match-set cluster_nodes src reject-with icmp-port-unreachable` and no interface.',
    ...right,
  },
  {
    id: 'S4.8',
    statement:
      'With the rule on all nodes an outsider is rejected: ping prints Destination Port Unreachable, TCP and UDP are refused.',
    ...right,
  },
  {
    id: 'S4.8a',
    statement: 'Pods on all nodes still reach each other, and answers to what pods send outside still arrive.',
    ...correction,
    correctionOf: 'S4.8',
  },
  {
    id: 'S4.8b',
    statement: 'A node without the rule stays open, whatever the others have.',
    ...correction,
    correctionOf: 'S4.8',
  },
  { id: 'S4.9', statement: 'Packets that arrive on another interface are not affected.', ...right },
  { id: 'S4.10', statement: 'Packets whose source is in the set do not match the rule.', ...right },
  {
    id: 'S4.11',
    statement: 'One ping is counted by the rule as 1 packet and 60 bytes.',
    judgement: 'imprecise',
    expectation: 'refuted',
    correctedBy: 'S4.11a',
    erratum: '60 bytes are those of a TCP SYN (or of a ping from Windows). A ping from Linux counts 84.',
  },
  {
    id: 'S4.11a',
    statement:
      'A TCP connection attempt counts 1 packet and 60 bytes, a ping from Linux 84 bytes, a datagram with one byte 29.',
    ...correction,
    correctionOf: 'S4.11',
  },
  {
    id: 'S4.12',
    statement: 'A node that joins is let in as soon as it is in the set, without a change of rules.',
    ...right,
  },
  { id: 'S4.13', statement: 'A node that leaves is rejected as soon as it is out of the set.', ...right },
  {
    id: 'S4.13a',
    statement: 'A connection that was made before goes on: established traffic is accepted ahead of the rule.',
    ...correction,
    correctionOf: 'S4.13',
  },
  { id: 'S4.14', statement: '`ipset list` shows the members and one reference.', ...right },
  {
    id: 'S4.15',
    statement:
      '`iptables -D FORWARD` with the same definition removes the rule, and the outsider reaches the pods again.',
    ...right,
  },
  {
    id: 'S4.16',
    statement: 'With another definition the deletion fails with `No chain/target/match by that name.`',
    judgement: 'imprecise',
    expectation: 'refuted',
    correctedBy: 'S4.16a',
    erratum:
      'That is how iptables-legacy words it for an extension target such as REJECT. iptables-nft says `Bad rule (does a matching rule exist in that chain?).`',
  },
  {
    id: 'S4.16a',
    statement:
      'With another definition the deletion fails and no rule goes: iptables-nft says `Bad rule`, iptables-legacy the documented text.',
    ...correction,
    correctionOf: 'S4.16',
  },
  {
    id: 'S4.17',
    statement: 'The method does not work where iptables has nftables as its backend.',
    judgement: 'imprecise',
    expectation: 'refuted',
    correctedBy: 'S4.17a',
    erratum:
      'It works the same with iptables-nft and iptables-legacy. Only a ruleset written for nft itself needs another form of the rule.',
  },
  {
    id: 'S4.17a',
    statement:
      'The same rule protects with iptables-nft and with iptables-legacy, and an equivalent native nftables ruleset does too.',
    ...correction,
    correctionOf: 'S4.17',
  },
  { id: 'S4.18', statement: 'Behind rule 11 and in front of rule 12 is a good place.', ...right },
  {
    id: 'S4.18a',
    statement:
      'In front of rule 11 the rule cuts off pods from pods on other nodes, and behind rule 12 it does not protect.',
    ...correction,
    correctionOf: 'S4.18',
  },
  {
    id: 'S4.18b',
    statement: 'An outsider that writes an address of the pod range as its source passes rule 11 and reaches the pod.',
    ...correction,
    correctionOf: 'S4.18',
  },
  {
    id: 'S4.19',
    statement:
      'The rule also rejects clients of a NodePort whose traffic keeps the source (externalTrafficPolicy Local, hostPort); with Cluster they pass by their mark.',
    ...correction,
  },
  {
    id: 'S4.20',
    statement:
      'After a reboot the set has to be restored before the rule: the rule alone is refused because its set does not exist.',
    ...correction,
  },
  {
    id: 'S4.21',
    statement: 'IPv6 stays open under the rule; the same with ip6tables and a set of IPv6 addresses closes it.',
    ...correction,
  },
  { id: 'S4.22', statement: 'When the guard is removed nothing of it is left on any node.', ...correction },
]
