import { defineScenario, loadFaults } from '../../src/index.ts'
import { claims } from './claims.ts'
import { badConfig } from './steps/bad-config.ts'
import { defaultInterval } from './steps/default-interval.ts'
import { defaultListing } from './steps/default-listing.ts'
import { defaultTraffic } from './steps/default-traffic.ts'
import { deploy } from './steps/deploy.ts'
import { documentConfig, documentTraffic } from './steps/document-config.ts'
import { healing } from './steps/healing.ts'
import { innerTraffic, nodeOutside } from './steps/inner-traffic.ts'
import { ipv6 } from './steps/ipv6.ts'
import { linkLocal } from './steps/link-local.ts'
import { manifest } from './steps/manifest.ts'
import { overlap } from './steps/overlap.ts'
import { pods } from './steps/pods.ts'
import { reload, shortInterval } from './steps/reload.ts'
import { MasqueradeWorld } from './world.ts'

/** Pod traffic that leaves the cluster carries the address of its node; traffic inside does not. */
export const masquerade = defineScenario<MasqueradeWorld>({
  name: 'masquerade',
  title: 'IP masquerade by ip-masq-agent',
  document: {
    id: 'S0',
    title: 'IP masquerade in Kubernetes, and how ip-masq-agent does it',
    language: 'zh',
  },
  profile: 'masquerade',
  components: [{ name: 'masquerade', variants: ['builtin', 'upstream', 'present'] }],
  claims,
  steps: [
    overlap,
    pods,
    manifest,
    deploy,
    defaultListing,
    defaultTraffic,
    innerTraffic,
    nodeOutside,
    documentConfig,
    documentTraffic,
    shortInterval,
    reload,
    healing,
    badConfig,
    linkLocal,
    ipv6,
    defaultInterval,
  ],
  defaultFaultStep: 'deploy',
  faults: loadFaults('scenarios/masquerade/faults.yaml'),
  createWorld: () => new MasqueradeWorld(),
})
