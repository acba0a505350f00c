import type { ClaimDefinition } from '../../src/index.ts'

const right = { judgement: 'right', expectation: 'proved' } as const

/**
 * What the document says, sentence by sentence, and what is true where it errs. An id with a letter is ours: it corrects the
 * sentence with the same number, or tells what the document leaves out about it.
 */
export const claims: readonly ClaimDefinition[] = [
  {
    id: 'S0.1',
    statement: 'What a pod sends to an outside host leaves the node with the address of the node as its source.',
    ...right,
  },
  {
    id: 'S0.2',
    statement: 'The answer comes to the node, which rewrites its destination to the pod and forwards it.',
    ...right,
  },
  { id: 'S0.3', statement: 'An outside host sees the address of the node only, never that of a pod.', ...right },
  {
    id: 'S0.4',
    statement:
      'With masquerade a database needs no route to the pods, so that a pod range may be in use elsewhere too.',
    ...right,
  },
  {
    id: 'S0.4a',
    statement: 'Masquerade resolves the overlap when the pods and another network share 192.168.0.0/24.',
    judgement: 'imprecise',
    expectation: 'refuted',
    correctedBy: 'S0.4b',
    erratum:
      'Masquerade hides the reused range from third parties. It does not let a pod reach the network that has the same prefix as its own: the route to the pods wins on the node, and the default list would not masquerade 192.168.0.0/16 either.',
  },
  {
    id: 'S0.4b',
    statement:
      'What a pod sends to an address in the shared range never reaches the other network, masquerade or not; and without masquerade the answers to a pod land on the machine that has the same address.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.4a',
  },
  {
    id: 'S0.5',
    statement: 'By default 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 are not masqueraded and everything else is.',
    ...right,
  },
  { id: 'S0.6', statement: 'By default 169.254.0.0/16 is not masqueraded either; it is the first rule.', ...right },
  {
    id: 'S0.7',
    statement:
      'The agent reloads its configuration from /etc/config/ip-masq-agent once per interval, which is configurable.',
    ...right,
  },
  { id: 'S0.7a', statement: 'By default the interval is 60 seconds.', ...right },
  { id: 'S0.8', statement: 'What a pod sends to its own node is not masqueraded.', ...right },
  {
    id: 'S0.8a',
    statement:
      'The reason is not the list alone: a destination that is LOCAL to the node does not even reach the chain.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.8',
  },
  {
    id: 'S0.9',
    statement:
      'What a pod sends to another node, or to a pod there, keeps the address of the pod (nodes in a private range).',
    ...right,
  },
  { id: 'S0.10', statement: 'What a pod sends to a ClusterIP is not masqueraded by the agent.', ...right },
  {
    id: 'S0.10a',
    statement:
      'The chain sees the address of the endpoint, never the ClusterIP: a Service whose endpoint is outside the list is masqueraded though its ClusterIP is inside.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.10',
  },
  {
    id: 'S0.11',
    statement:
      'The chain lists as the document prints it: `cluster-local traffic should not be subject to MASQUERADE`, with `ADDRTYPE match dst-type !LOCAL` on every rule.',
    judgement: 'outdated',
    expectation: 'refuted',
    correctedBy: 'S0.11a',
    erratum:
      'The listing is that of v2.0.0. Since v2.0.1 the addrtype match is on the jump in POSTROUTING, and the comments read `local traffic is not subject to MASQUERADE` and `outbound traffic is subject to MASQUERADE (must be last in chain)`.',
  },
  {
    id: 'S0.11a',
    statement:
      'The addrtype match is on the jump in POSTROUTING and on no rule of the chain, and the comments are the newer ones.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.11',
  },
  {
    id: 'S0.12',
    statement:
      'Applying the manifest runs the agent on every schedulable node, and deleting it removes the DaemonSet and its pods.',
    ...right,
  },
  {
    id: 'S0.12a',
    statement: 'Deleting the manifest leaves the chain and the jump behind on every node.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.12',
    erratum: 'After `kubectl delete` the rules still masquerade. They have to be removed on each node.',
  },
  {
    id: 'S0.12b',
    statement: 'Once the jump and the chain have been taken away on each node, nothing of the agent is left there.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.12',
  },
  {
    id: 'S0.13',
    statement:
      'After the manifest has been applied, a node runs the agent once it has the label node.kubernetes.io/masq-agent-ds-ready=true, and not before.',
    judgement: 'wrong',
    expectation: 'refuted',
    correctedBy: 'S0.13a',
    erratum:
      'The manifest of the repository has no nodeSelector: the agent runs on unlabelled nodes. The label matters for the copy among the Kubernetes add-ons, which selects on it.',
  },
  {
    id: 'S0.13a',
    statement:
      'With a nodeSelector on that label the agent runs on exactly the labelled nodes, and a label that is set or taken away starts or ends it.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.13',
  },
  {
    id: 'S0.14',
    statement:
      'With nonMasqueradeCIDRs [10.0.0.0/8] the list is 169.254.0.0/16 and 10.0.0.0/8: the defaults are replaced, not added to.',
    ...right,
  },
  {
    id: 'S0.15',
    statement: 'The program is one file of some 400 lines.',
    judgement: 'informational',
    expectation: 'none',
    erratum: 'It has been joined by a package for intervals since v2.12. Nothing of a datapath follows from it.',
  },
  {
    id: 'S0.16',
    statement:
      'The agent works in cycles for ever: configuration, then IPv4 rules, then IPv6 rules; an error ends the cycle, not the agent.',
    ...right,
  },
  {
    id: 'S0.17',
    statement: 'The step named osSyncConfig is the one that writes the rules.',
    judgement: 'wrong',
    expectation: 'refuted',
    correctedBy: 'S0.17a',
    erratum:
      'osSyncConfig reads the configuration. The body that the document prints is that of syncMasqRules, which writes the rules.',
  },
  {
    id: 'S0.17a',
    statement:
      'Reading the configuration and writing rules are steps of their own: when the first fails the agent says so and writes none.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.17',
  },
  { id: 'S0.18', statement: 'A chain that is missing is made again in the next cycle.', ...right },
  { id: 'S0.19', statement: 'A jump that is missing is added again, at the end of POSTROUTING.', ...right },
  {
    id: 'S0.20',
    statement:
      'The chain is flushed and rewritten as one transaction: a foreign rule in it goes, its counters return to zero, other chains stay as they are.',
    ...right,
  },
  {
    id: 'S0.21',
    statement: 'With masqLinkLocal the rule for 169.254.0.0/16 is absent, and such traffic is masqueraded.',
    ...right,
  },
  {
    id: 'S0.22',
    statement: 'An IPv6 CIDR of the list is left out of the IPv4 chain; with IPv6 enabled it is in the IPv6 one.',
    ...right,
  },
  {
    id: 'S0.23',
    statement: 'What is not masqueraded is `-d CIDR -j RETURN`, what is masqueraded is `-j MASQUERADE --random-fully`.',
    ...right,
  },
  {
    id: 'S0.24',
    statement:
      'With 10.244.0.0/16 and 192.0.0.0/8 in a ConfigMap made from a file named `config`, the chain lists link-local, these two and MASQUERADE, with one reference.',
    ...right,
  },
  {
    id: 'S0.25',
    statement:
      'With that configuration a ping from the pod 10.244.196.132 to 10.0.0.2 is masqueraded, and a capture on the node shows it.',
    ...right,
  },
  {
    id: 'S0.25a',
    statement:
      'It is masqueraded because the configuration replaced the list: by default the same ping leaves with the address of the pod, and is not answered.',
    judgement: 'correction',
    expectation: 'proved',
    correctionOf: 'S0.25',
  },
]
