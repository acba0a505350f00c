import { defineScenario, loadFaults } from '../../src/index.ts'
import { claims } from './claims.ts'
import { backends } from './steps/backends.ts'
import { byHand } from './steps/by-hand.ts'
import { deletionTexts } from './steps/deletion-texts.ts'
import { deploy, guarded } from './steps/guarded.ts'
import { ipv6, ipv6Deploy } from './steps/ipv6.ts'
import { limits } from './steps/limits.ts'
import { membership } from './steps/membership.ts'
import { removal } from './steps/removal.ts'
import { skeleton } from './steps/skeleton.ts'
import { unprotected } from './steps/unprotected.ts'
import { ForwardGuardWorld } from './world.ts'

/** Machines on the nodes' subnet that are not members of the cluster do not reach its pods. */
export const forwardGuard = defineScenario<ForwardGuardWorld>({
  name: 'forward-guard',
  title: 'a guard for what nodes forward, by ipset and FORWARD',
  document: { id: 'S4', title: 'securing the IP forwarding of Kubernetes nodes', language: 'zh' },
  profile: 'forward-guard',
  // It gives the nodes the document's FORWARD chain in place of their own.
  requires: ['outsiders', 'no-foreign-rules', 'profile-nodes', 'profile-addresses'],
  components: [{ name: 'forward-guard', variants: ['builtin'] }],
  claims,
  steps: [
    backends,
    skeleton,
    unprotected,
    byHand,
    deletionTexts,
    deploy,
    guarded,
    membership,
    limits,
    ipv6Deploy,
    ipv6,
    removal,
  ],
  defaultFaultStep: 'deploy',
  faults: loadFaults('scenarios/forward-guard/faults.yaml'),
  createWorld: () => new ForwardGuardWorld(),
})
