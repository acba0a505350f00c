import { defineScenario, loadFaults } from '../../src/index.ts'
import { claims } from './claims.ts'
import { comingAndGoing } from './steps/coming-and-going.ts'
import { current } from './steps/current.ts'
import { denied } from './steps/denied.ts'
import { denyAll } from './steps/deny-all.ts'
import { deploy, open } from './steps/deploy.ts'
import { egress, egressProbed } from './steps/egress.ts'
import { labels } from './steps/labels.ts'
import { path } from './steps/path.ts'
import { pods } from './steps/pods.ts'
import { templates } from './steps/templates.ts'
import { templatesProbed } from './steps/templates-probed.ts'
import { NetworkPolicyWorld } from './world.ts'

/** Policies of Kubernetes become chains of the nodes that let through what they allow, and nothing else. */
export const networkPolicy = defineScenario<NetworkPolicyWorld>({
  name: 'network-policy',
  title: 'network policies by Calico and iptables',
  document: { id: 'S3', title: 'how Kubernetes NetworkPolicy works', language: 'zh' },
  profile: 'network-policy',
  requires: ['agent-image'],
  components: [{ name: 'network-policy', variants: ['builtin', 'upstream', 'present'] }],
  claims,
  steps: [
    pods,
    deploy,
    open,
    templates,
    templatesProbed,
    path,
    labels,
    denyAll,
    denied,
    egress,
    egressProbed,
    comingAndGoing,
    current,
  ],
  defaultFaultStep: 'deploy',
  faults: loadFaults('scenarios/network-policy/faults.yaml'),
  createWorld: () => new NetworkPolicyWorld(),
})
