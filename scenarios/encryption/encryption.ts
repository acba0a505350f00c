import { defineScenario, loadFaults } from '../../src/index.ts'
import { claims } from './claims.ts'
import { allowedIps, followed } from './steps/allowed-ips.ts'
import { deploy, plain } from './steps/deploy.ts'
import { inspect } from './steps/inspect.ts'
import { keys, rekey } from './steps/keys.ts'
import { peers } from './steps/peers.ts'
import { pods } from './steps/pods.ts'
import { removal } from './steps/removal.ts'
import { service } from './steps/service.ts'
import { timeline } from './steps/timeline.ts'
import { traffic } from './steps/traffic.ts'
import { tunnel } from './steps/tunnel.ts'
import { EncryptionWorld } from './world.ts'

/** Nothing but WireGuard between the nodes for what pods send each other. */
export const encryption = defineScenario<EncryptionWorld>({
  name: 'encryption',
  title: 'transparent encryption with WireGuard',
  document: {
    id: 'S2',
    title: 'Cilium’s WireGuard encryption, a first look',
    language: 'zh',
    note: 'The document is about Cilium 1.13. What is different since 1.14 has claims of its own, which are skipped where a cluster does not show it.',
  },
  profile: 'encryption',
  requires: ['wireguard'],
  components: [{ name: 'encryption', variants: ['builtin', 'upstream', 'present'] }],
  claims,
  steps: [
    timeline,
    pods,
    plain,
    deploy,
    tunnel,
    inspect,
    peers,
    traffic,
    service,
    followed,
    allowedIps,
    keys,
    rekey,
    removal,
  ],
  defaultFaultStep: 'deploy',
  faults: loadFaults('scenarios/encryption/faults.yaml'),
  createWorld: () => new EncryptionWorld(),
})
