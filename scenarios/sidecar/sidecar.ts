import { defineScenario, loadFaults } from '../../src/index.ts'
import { claims } from './claims.ts'
import { badInput } from './steps/bad-input.ts'
import { basics } from './steps/basics.ts'
import { cost } from './steps/cost.ts'
import { flowTable } from './steps/flows.ts'
import { hooks } from './steps/hooks.ts'
import { ipv6 } from './steps/ipv6.ts'
import { mesh } from './steps/mesh.ts'
import { modes } from './steps/modes.ts'
import { ownService } from './steps/own-service.ts'
import { path } from './steps/path.ts'
import { removal } from './steps/removal.ts'
import { tproxy } from './steps/tproxy.ts'
import { SidecarWorld } from './world.ts'

/** A packet's way through a pod with a sidecar, in sixteen steps. */
export const sidecar = defineScenario<SidecarWorld>({
  name: 'sidecar',
  title: 'interception of a pod’s connections by its sidecar, by istio-iptables',
  document: { id: 'S1', title: 'how Istio intercepts traffic with iptables', language: 'zh' },
  profile: 'sidecar',
  components: [{ name: 'sidecar', variants: ['builtin', 'upstream', 'present'] }],
  claims,
  steps: [mesh, path, flowTable, modes, tproxy, ipv6, ownService, basics, hooks, cost, badInput, removal],
  defaultFaultStep: 'mesh',
  faults: loadFaults('scenarios/sidecar/faults.yaml'),
  createWorld: () => new SidecarWorld(),
})
