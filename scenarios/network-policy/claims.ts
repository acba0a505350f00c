import type { ClaimDefinition } from '../../src/index.ts'

const right = { judgement: 'right', expectation: 'proved' } as const
const correction = { judgement: 'correction', expectation: 'proved' } as const
const remark = { judgement: 'informational', expectation: 'none' } as const

/** What the document says, and with a letter what corrects a sentence or what it leaves out. */
export const claims: readonly ClaimDefinition[] = [
  { id: 'S3.1', statement: 'Without policies every pod reaches every other, on whatever node.', ...right },
  { id: 'S3.2', statement: 'Policies select by the labels of namespaces and of pods.', ...right },
  {
    id: 'S3.2a',
    statement: 'Peers can be address blocks with exceptions, too, and ports ranges and names.',
    ...correction,
    correctionOf: 'S3.2',
  },
  {
    id: 'S3.2b',
    statement: 'A label that changes takes effect on pods that run, in both directions, without a change of rules.',
    ...correction,
    correctionOf: 'S3.2',
  },
  { id: 'S3.2c', statement: 'The same policies hold over IPv6.', ...correction, correctionOf: 'S3.2' },
  {
    id: 'S3.3',
    statement: 'A policy goes from the API through a policy controller and a datastore of its own to the nodes.',
    judgement: 'outdated',
    expectation: 'refuted',
    correctedBy: 'S3.3a',
    erratum:
      'With the Kubernetes datastore the agent of each node watches NetworkPolicies itself; there is neither a policy controller nor an etcd of Calico’s.',
  },
  {
    id: 'S3.3a',
    statement:
      'Only nodes with a pod that a policy selects have a chain for it; nothing stands between the API and them.',
    ...correction,
    correctionOf: 'S3.3',
  },
  {
    id: 'S3.4',
    statement:
      'allow-frontend: pods of myns with role=backend are reached by those with role=frontend on TCP port 6379, and by nobody else.',
    ...right,
  },
  {
    id: 'S3.4a',
    statement: 'A bare podSelector speaks of the policy’s own namespace: role=frontend elsewhere is kept out.',
    ...correction,
    correctionOf: 'S3.4',
  },
  {
    id: 'S3.5',
    statement:
      'allow-tcp-443: pods with role=frontend are reached on TCP port 443 by pods of namespaces with user=bob, and by nobody else.',
    ...right,
  },
  {
    id: 'S3.6',
    statement: 'A NetworkPolicy of extensions/v1beta1 is accepted.',
    judgement: 'outdated',
    expectation: 'refuted',
    correctedBy: 'S3.6a',
    erratum: 'Kubernetes 1.16 removed it. The same object is accepted as networking.k8s.io/v1.',
  },
  {
    id: 'S3.6a',
    statement: 'The same policy is accepted as networking.k8s.io/v1; the old version is not known.',
    ...correction,
    correctionOf: 'S3.6',
  },
  {
    id: 'S3.7',
    statement:
      'A policy consists of podSelector and ingress, a rule of ports and from, a peer of podSelector and namespaceSelector.',
    judgement: 'imprecise',
    expectation: 'refuted',
    correctedBy: 'S3.7a',
    erratum: 'policyTypes, egress, ipBlock and endPort are missing. (Its own later example has policyTypes.)',
  },
  {
    id: 'S3.7a',
    statement: 'The API keeps policyTypes, egress, ipBlock with except, and endPort, and fills policyTypes in.',
    ...correction,
    correctionOf: 'S3.7',
  },
  {
    id: 'S3.8',
    statement: 'Tested with Kubernetes 1.9.0, Calico 2.5.0 and kube-policy-controller 0.7.0.',
    ...remark,
    erratum: '“ServiceRole” and “ServiceRoleBinding” mean ClusterRole and ClusterRoleBinding.',
  },
  {
    id: 'S3.9',
    statement: 'The controller’s pod has two connections, one to etcd and one to the API server.',
    ...remark,
    erratum: 'So it was in that version. Today there is no such pod (S3.3a).',
  },
  {
    id: 'S3.10',
    statement: 'The mark 0x2000000 is set on packets that have been checked against policies.',
    judgement: 'wrong',
    expectation: 'refuted',
    correctedBy: 'S3.10a',
    erratum:
      'It is the pass bit (“leave the rest of this tier to the profiles”), which policies of Kubernetes never set. What a policy accepts gets the accept bit 0x1000000.',
  },
  {
    id: 'S3.10a',
    statement:
      'What a policy has judged has the pass bit clear; what it accepts has the accept bit, and is let through by it.',
    ...correction,
    correctionOf: 'S3.10',
  },
  {
    id: 'S3.11',
    statement:
      'tw and fw are to and from a workload, pi and po a policy’s inbound and outbound, pri and pro those of a profile.',
    ...right,
  },
  {
    id: 'S3.12',
    statement:
      'From one node’s pod to another’s a packet meets cali-PREROUTING, cali-FORWARD, cali-from-wl-dispatch and the fw chain there, and cali-FORWARD, cali-to-wl-dispatch, the tw chain and the policy here.',
    ...right,
  },
  {
    id: 'S3.13',
    statement:
      'One attempt to connect to a pod that may not be reached counts 3 packets and 180 bytes at the rules that clear the pass bit, jump to the policy, and drop.',
    ...right,
    erratum:
      'The listing leaves rules out: the hashes show that its three are numbers 4, 5 and 7 of the chain that the document lists later. The hash in the name belongs to the pod web-667bdcb4d8-44c2r, a sibling of the one shown.',
  },
  { id: 'S3.14', statement: 'web-deny-all keeps everybody away from the pods with app=web.', ...right },
  {
    id: 'S3.14a',
    statement: 'A connection that stood when the policy came goes on; a new one is not made.',
    ...correction,
    correctionOf: 'S3.14',
  },
  {
    id: 'S3.14b',
    statement: 'A node reaches its own pods whatever the policies say.',
    ...correction,
    correctionOf: 'S3.14',
  },
  {
    id: 'S3.15',
    statement: 'calicoctl shows the policy with a selector by calico/k8s_ns and an egress rule that allows.',
    ...remark,
    erratum:
      'In v3 its selector has projectcalico.org/orchestrator == ’k8s’, its types are [Ingress], and there is no egress rule. Not tried: calicoctl is no part of a datapath.',
  },
  {
    id: 'S3.16',
    statement: 'etcd holds the policy as JSON below /calico/v1/policy.',
    ...remark,
    erratum: 'So it was in that version; with the Kubernetes datastore there is no etcd of Calico’s.',
  },
  {
    id: 'S3.17',
    statement: 'Felix logs “Updating selector” and “Deleting selector” as policies come and go.',
    ...remark,
    erratum: 'The wording has changed since.',
  },
  {
    id: 'S3.18',
    statement:
      'The pod’s chain has these ten rules with these hashes, and a blocked packet is counted by the third, fourth, fifth and seventh.',
    ...right,
  },
  {
    id: 'S3.18a',
    statement:
      'Calico v3.32 has twelve: it clears both bits at once, calls the tier by its name, and has two profiles.',
    ...correction,
    correctionOf: 'S3.18',
  },
  { id: 'S3.19', statement: 'wget to the Service times out: it is not refused.', ...right },
  { id: 'S3.20', statement: 'Of 45 pings none is answered.', ...right },
  {
    id: 'S3.21',
    statement: 'Without the policy the pods are reached again, and its chain is gone.',
    ...right,
  },
  {
    id: 'S3.21a',
    statement: 'From the first packet that obeys a new policy, or its deletion, on every packet does.',
    ...correction,
    correctionOf: 'S3.21',
  },
  {
    id: 'S3.22',
    statement: 'Egress is not supported yet.',
    judgement: 'outdated',
    expectation: 'refuted',
    correctedBy: 'S3.22a',
    erratum: 'It came with Kubernetes 1.8 (beta) and Calico 2.6.',
  },
  {
    id: 'S3.22a',
    statement: 'An egress policy keeps what is not allowed on the pod’s own node.',
    ...correction,
    correctionOf: 'S3.22',
  },
]
