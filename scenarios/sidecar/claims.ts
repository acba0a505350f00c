import type { ClaimDefinition } from '../../src/index.ts'

const right = { judgement: 'right', expectation: 'proved' } as const
const correction = { judgement: 'correction', expectation: 'proved' } as const
const refuted = { expectation: 'refuted' } as const
const remark = { judgement: 'informational', expectation: 'none' } as const

/** What the document says, and with a letter what corrects a sentence or what it leaves out. */
export const claims: readonly ClaimDefinition[] = [
  {
    id: 'S1.1',
    statement:
      'An injected pod has the init container istio-init and the container istio-proxy, in one network namespace with the app.',
    ...right,
  },
  {
    id: 'S1.2',
    statement:
      'A pod that is created in an enabled namespace is injected by itself, and its own container stays as it was.',
    ...right,
  },
  {
    id: 'S1.3',
    statement:
      'istio-init runs istio-iptables with -p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x "" -b * -d 15090,15021,15020.',
    ...right,
  },
  {
    id: 'S1.3a',
    statement:
      'With these flags the chains of the table nat hold the rules of istio-iptables, in its order, and no others.',
    ...correction,
  },
  { id: 'S1.4', statement: 'What goes out of the pod is redirected to port 15001 of the proxy.', ...right },
  { id: 'S1.5', statement: 'What comes into the pod is redirected to port 15006 of the proxy.', ...right },
  {
    id: 'S1.6',
    statement: 'What the proxy (user 1337) sends is not redirected to it again: there is no loop.',
    ...right,
  },
  {
    id: 'S1.7',
    statement: 'The mode REDIRECT redirects in the table nat, the mode TPROXY in the table mangle.',
    ...right,
  },
  {
    id: 'S1.8',
    statement: 'Ports 15090, 15021 and 15020 are reached directly, without the proxy port.',
    ...right,
  },
  {
    id: 'S1.9',
    statement:
      'In the mode REDIRECT the rules know the proxy by --uid-owner 1337, in the mode TPROXY by --gid-owner 1337.',
    judgement: 'imprecise',
    ...refuted,
    correctedBy: 'S1.9a',
    erratum:
      'Both kinds of rules are there in both modes. Under TPROXY the proxy is user 0 of group 1337, so that there only those for the group match.',
  },
  {
    id: 'S1.9a',
    statement:
      'Rules for user and group 1337 are there in both modes; what a TPROXY proxy (user 0, group 1337) sends is matched by the group, and by the user under REDIRECT.',
    ...correction,
    correctionOf: 'S1.9',
  },
  {
    id: 'S1.10',
    statement: 'Port 22 is left alone when connections come in.',
    judgement: 'outdated',
    ...refuted,
    correctedBy: 'S1.10a',
    erratum: 'That rule was taken out with Istio 1.13. Port 22 is redirected as any other.',
  },
  {
    id: 'S1.10a',
    statement: 'A connection to port 22 ends at port 15006 of the proxy, as does one to a port that nobody listens on.',
    ...correction,
    correctionOf: 'S1.10',
  },
  {
    id: 'S1.11',
    statement:
      'ISTIO_OUTPUT redirects to port 15001 what the proxy sends to anywhere but localhost, and lets everything else pass.',
    judgement: 'wrong',
    ...refuted,
    correctedBy: 'S1.11a',
    erratum:
      "It is the other way round, as steps 11 and 15 of the document say themselves: the proxy's own traffic passes, and that of everybody else is redirected.",
  },
  {
    id: 'S1.11a',
    statement: 'What the app sends is redirected to port 15001, and what the proxy sends passes.',
    ...correction,
    correctionOf: 'S1.11',
  },
  { id: 'S1.12', statement: 'Step 2: PREROUTING hands TCP that comes in to ISTIO_INBOUND.', ...right },
  {
    id: 'S1.13',
    statement: 'Step 3: ISTIO_INBOUND hands what is not for 15008, 22, 15090, 15021 or 15020 to ISTIO_IN_REDIRECT.',
    ...right,
  },
  { id: 'S1.14', statement: 'Step 4: ISTIO_IN_REDIRECT redirects to port 15006.', ...right },
  {
    id: 'S1.15',
    statement: 'Step 6: OUTPUT hands TCP alone to ISTIO_OUTPUT (-A OUTPUT -p tcp -j ISTIO_OUTPUT).',
    judgement: 'outdated',
    ...refuted,
    correctedBy: 'S1.15a',
    erratum: 'Since Istio 1.25 the jump is for all protocols (-A OUTPUT -j ISTIO_OUTPUT).',
  },
  {
    id: 'S1.15a',
    statement:
      'OUTPUT hands every protocol to ISTIO_OUTPUT; a datagram goes through ISTIO_REDIRECT without being redirected, and arrives.',
    ...correction,
    correctionOf: 'S1.15',
  },
  {
    id: 'S1.16',
    statement: 'Step 7: it is the rule --uid-owner 1337 -j RETURN that lets the proxy reach the app.',
    judgement: 'imprecise',
    ...refuted,
    correctedBy: 'S1.16a',
    erratum:
      'The proxy passes incoming connections on from 127.0.0.6 to the address of the pod, and the first rule of ISTIO_OUTPUT (-s 127.0.0.6/32 -o lo) lets that pass. The rule for the user counts only what goes to 127.0.0.1.',
  },
  {
    id: 'S1.16a',
    statement:
      'From 127.0.0.6 to the pod it is the rule for that source that counts; from the proxy to 127.0.0.1 it is the one for user 1337.',
    ...correction,
    correctionOf: 'S1.16',
  },
  {
    id: 'S1.17',
    statement: 'Step 8: what the sidecar sends reaches the app, which sees 127.0.0.6 as the peer and never the client.',
    ...right,
  },
  {
    id: 'S1.17a',
    statement: 'Under TPROXY the app sees the address of the client.',
    ...correction,
  },
  {
    id: 'S1.18',
    statement: 'Steps 9 and 10: what the app answers is intercepted in OUTPUT again and goes through ISTIO_OUTPUT.',
    judgement: 'wrong',
    ...refuted,
    correctedBy: 'S1.18a',
    erratum:
      'An answer belongs to a connection that conntrack knows, and only the first packet of one goes through the table nat.',
  },
  {
    id: 'S1.18a',
    statement: 'Answers pass OUTPUT without meeting a chain of the table nat, and no rule of it counts them.',
    ...correction,
    correctionOf: 'S1.18',
  },
  {
    id: 'S1.19',
    statement:
      'Step 11: a request of the app to another service goes to ISTIO_REDIRECT by the last rule of ISTIO_OUTPUT.',
    ...right,
  },
  { id: 'S1.20', statement: 'Step 12: ISTIO_REDIRECT redirects to port 15001.', ...right },
  {
    id: 'S1.21',
    statement: 'Steps 13 to 15: what the proxy sends on is let pass by -m owner --uid-owner 1337 -j RETURN.',
    ...right,
  },
  { id: 'S1.22', statement: 'Step 16: it leaves by eth0, from the address of the pod.', ...right },
  { id: 'S1.23', statement: 'What comes from 127.0.0.6 by lo is let pass and not captured.', ...right },
  {
    id: 'S1.24',
    statement: 'What the proxy sends by lo to another address than 127.0.0.1 goes to the inbound port 15006.',
    ...right,
  },
  {
    id: 'S1.24a',
    statement:
      'An app that calls its own Service goes app, proxy (15001), proxy (15006), app, and gets its answer: the proxy is passed twice and no more.',
    ...correction,
  },
  {
    id: 'S1.25',
    statement: 'An app that calls its own pod by the address of the pod does so without the proxy.',
    ...right,
  },
  { id: 'S1.26', statement: 'An app that calls its own pod by localhost does so without the proxy.', ...right },
  {
    id: 'S1.26a',
    statement:
      'It is not -d 127.0.0.1/32 -j RETURN that lets it pass but -o lo ! --uid-owner 1337 before it: the former counts nothing.',
    ...correction,
  },
  {
    id: 'S1.27',
    statement:
      'Rules are met in order; ACCEPT in a chain of one’s own ends the hook of the table; RETURN in a built-in chain leaves it to the policy; MARK goes on to the next rule.',
    ...right,
  },
  { id: 'S1.28', statement: 'REJECT answers "connection refused" or "destination unreachable".', ...right },
  {
    id: 'S1.29',
    statement:
      'raw is in PREROUTING and OUTPUT; mangle everywhere; nat in PREROUTING and OUTPUT (DNAT), POSTROUTING and INPUT (SNAT); filter and security in INPUT, FORWARD and OUTPUT.',
    ...right,
  },
  {
    id: 'S1.30',
    statement: 'Everywhere the order is raw, mangle, nat, filter, security.',
    judgement: 'imprecise',
    ...refuted,
    correctedBy: 'S1.30a',
    erratum: 'That is the order in PREROUTING and OUTPUT. In INPUT nat (SNAT, priority 100) comes after filter (0).',
  },
  {
    id: 'S1.30a',
    statement:
      'PREROUTING: raw, mangle, nat. INPUT: mangle, filter, nat, security (with iptables-legacy: security before nat). FORWARD: mangle, filter, security. OUTPUT: raw, mangle, nat, filter, security. POSTROUTING: mangle, nat.',
    ...correction,
    correctionOf: 'S1.30',
  },
  {
    id: 'S1.31',
    statement: 'A redirected connection takes one more pass by loopback, which one without a sidecar does not take.',
    ...right,
  },
  {
    id: 'S1.32',
    statement:
      'Instead of the init container there are eBPF in the socket layer, and Istio’s CNI plugin, with which Istio controls the whole virtual network.',
    ...remark,
    erratum:
      'istio-cni is chained to the network plugin of the cluster and writes the same rules; it replaces only the init container.',
  },
  {
    id: 'S1.33',
    statement: 'With bad flags istio-iptables changes nothing, and a second run with the same flags changes nothing.',
    ...correction,
  },
  {
    id: 'S1.34',
    statement: 'Where ISTIO_DUAL_STACK is set, IPv6 is captured as IPv4 is, with ::6 as the source of the proxy.',
    ...correction,
  },
  {
    id: 'S1.34a',
    statement: 'Where it is not, what comes to a pod of both families over IPv6 passes the sidecar by.',
    ...correction,
  },
  {
    id: 'S1.35',
    statement:
      'Each kind of connection (A to L) moves the counters of its own rules by one, and of no other rule of the table nat.',
    ...correction,
  },
  { id: 'S1.36', statement: 'Cleaning up leaves no chain and no rule of the sidecar in the pod.', ...correction },
]
