import type { ClaimDefinition } from '../../src/index.ts'

const right = { judgement: 'right', expectation: 'proved' } as const
const correction = { judgement: 'correction', expectation: 'proved' } as const
const remark = { judgement: 'informational', expectation: 'none' } as const

/** What the document says, and with a letter what corrects a sentence or what it leaves out. */
export const claims: readonly ClaimDefinition[] = [
  { id: 'S2.1', statement: 'Cilium encrypts with WireGuard since 1.10, and with IPsec since 1.4.', ...remark },
  {
    id: 'S2.2',
    statement: 'What pods on different nodes send each other always goes through the tunnel.',
    judgement: 'right',
    expectation: 'proved',
    correctedBy: 'S2.2d',
    erratum:
      'It holds once every node knows every pod. While one does not, what it sends leaves in plain, unless strict mode drops it (S2.2d, S2.2e).',
  },
  {
    id: 'S2.2a',
    statement: 'Pods on the same node, pods and hosts outside, and pods and other nodes talk without encryption.',
    ...correction,
    correctionOf: 'S2.2',
  },
  {
    id: 'S2.2b',
    statement: 'TCP, UDP and ICMP go through the tunnel alike, over IPv4 and over IPv6.',
    ...correction,
    correctionOf: 'S2.2',
  },
  {
    id: 'S2.2c',
    statement:
      'The tunnel takes 80 bytes: a packet of 1421 bytes that must not be fragmented is answered with mtu = 1420, larger ones that may be arrive in parts.',
    ...correction,
    correctionOf: 'S2.2',
  },
  {
    id: 'S2.2d',
    statement:
      'Without strict mode packets leave in plain while encryption is switched on, while a node joins, or while a pod is new.',
    ...correction,
    correctionOf: 'S2.2',
  },
  {
    id: 'S2.2e',
    statement:
      'With strict mode no node sends a pod’s packet to a pod of another node in plain, from the first drop or encrypted packet on: when encryption is switched on, a pod is new, a node joins, a key is renewed.',
    ...correction,
    correctionOf: 'S2.2',
  },
  {
    id: 'S2.2f',
    statement: 'What a pod sends to a Service goes through the tunnel when the endpoint is on another node.',
    ...correction,
    correctionOf: 'S2.2',
  },
  { id: 'S2.3', statement: 'There are no options for key sizes or ciphers.', ...right },
  {
    id: 'S2.4',
    statement: 'Every node gets a key pair of its own without anybody’s doing, and publishes the public key.',
    ...right,
  },
  {
    id: 'S2.5',
    statement: 'WireGuard renews the keys by itself, without loss.',
    ...right,
    correctedBy: 'S2.5a',
  },
  {
    id: 'S2.5a',
    statement:
      'What WireGuard renews are session keys. The key of a node stays until its file is deleted; then the node makes another, and the others follow.',
    ...correction,
    correctionOf: 'S2.5',
  },
  { id: 'S2.6', statement: 'WireGuard has a higher throughput than IPsec.', ...remark, judgement: 'imprecise' },
  {
    id: 'S2.7',
    statement:
      'The tunnel is a network interface; what comes from containers is marked, and led to that interface by the mark.',
    ...right,
  },
  {
    id: 'S2.8',
    statement: 'kind makes a control plane and two workers, NotReady until there is a CNI.',
    ...remark,
    erratum: 'From Kubernetes 1.24 on the taint to remove is node-role.kubernetes.io/control-plane.',
  },
  {
    id: 'S2.9',
    statement: 'The keys come from the secret cilium-wireguard-keys.',
    judgement: 'wrong',
    expectation: 'refuted',
    correctedBy: 'S2.9a',
    erratum:
      'The value is a key for IPsec (whose secret is cilium-ipsec-keys). WireGuard reads no secret: each node makes its own key.',
  },
  {
    id: 'S2.9a',
    statement: 'The secret changes nothing: made, changed or deleted, keys and sessions stay as they are.',
    ...correction,
    correctionOf: 'S2.9',
  },
  { id: 'S2.10', statement: 'The Helm values of the installation.', ...remark },
  {
    id: 'S2.11',
    statement: 'cilium_wg0 is a WireGuard device with the flag NOARP.',
    ...right,
  },
  {
    id: 'S2.12',
    statement: 'No route of the main table leads to cilium_wg0; those to the pods of other nodes lead to the nodes.',
    ...right,
  },
  {
    id: 'S2.13',
    statement: 'Beside the three rules that every machine has there is one, with table 201.',
    ...right,
    correctedBy: 'S2.13a',
  },
  {
    id: 'S2.13a',
    statement:
      'Since Cilium 1.14 there is no such rule and no table 201: BPF hands the packets over, and fwmark is 0x1e00.',
    ...correction,
    correctionOf: 'S2.13',
  },
  {
    id: 'S2.14',
    statement: 'The rule routes by the source address.',
    judgement: 'wrong',
    expectation: 'refuted',
    correctedBy: 'S2.14a',
    erratum: 'The rule has no source address. It asks for the mark 0xe00 under the mask 0xf00.',
  },
  {
    id: 'S2.14a',
    statement: 'The rule routes by the mark: with it a packet of any source goes to cilium_wg0, without it none does.',
    ...correction,
    correctionOf: 'S2.14',
  },
  { id: 'S2.15', statement: 'wg lists a peer for each other node, with its address and port 51871.', ...right },
  {
    id: 'S2.16',
    statement:
      'wg shows the own public key, the private key as hidden, the port 51871, and of each peer key, endpoint and allowed IPs.',
    ...right,
  },
  {
    id: 'S2.17',
    statement: 'wg show cilium_wg0 fwmark prints off.',
    judgement: 'imprecise',
    expectation: 'proved',
    erratum: 'The document shows the command without its answer. Since Cilium 1.14 it is 0x1e00.',
  },
  { id: 'S2.18', statement: 'Table 201 has one route: default dev cilium_wg0.', ...right },
  { id: 'S2.19', statement: 'A capture on eth0 shows a handshake and then data.', ...right },
  {
    id: 'S2.20',
    statement: 'The capture on eth0 shows ICMP requests and replies.',
    judgement: 'wrong',
    expectation: 'refuted',
    correctedBy: 'S2.20a',
    erratum: 'On eth0 there is UDP 51871 alone. ICMP is on cilium_wg0 and on the pods’ interfaces.',
  },
  {
    id: 'S2.20a',
    statement:
      'ICMP is seen on cilium_wg0 and in the pods; on eth0 there is UDP 51871 alone, of the sizes of the protocol.',
    ...correction,
    correctionOf: 'S2.20',
  },
  {
    id: 'S2.21',
    statement: 'The outer addresses are those of the nodes; the inner ones are nowhere to be seen.',
    ...right,
  },
  {
    id: 'S2.21a',
    statement:
      'Every data message on the wire belongs to a session of these two nodes, none is missing or repeated, and they are as many as the packets that went into the tunnel.',
    ...correction,
    correctionOf: 'S2.21',
  },
  {
    id: 'S2.22',
    statement: 'Whether a packet is encrypted is decided by looking its destination up among the allowed IPs.',
    judgement: 'imprecise',
    expectation: 'refuted',
    correctedBy: 'S2.22a',
    erratum:
      'Whether it is handed to cilium_wg0 is decided before, by the mark. The allowed IPs choose the peer, and refuse what a peer may not send.',
  },
  {
    id: 'S2.22a',
    statement:
      'The allowed IPs choose the peer and filter what comes from it: without its entry a pod is out of reach, in either direction, and others are not.',
    ...correction,
    correctionOf: 'S2.22',
  },
  { id: 'S2.23', statement: 'The allowed IPs of a peer grow and shrink with the pods of its node.', ...right },
  {
    id: 'S2.24',
    statement: 'Encryption can be taken away: device, rule, table, chains, sets, keys and annotations are gone.',
    ...correction,
  },
]
