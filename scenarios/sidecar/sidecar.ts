import { defineScenario } from '../../src/index.ts'
import { claims } from './claims.ts'
import { flowTable } from './steps/flows.ts'
import { mesh } from './steps/mesh.ts'
import { path } from './steps/path.ts'
import { SidecarWorld } from './world.ts'

/** A packet's way through a pod with a sidecar, in sixteen steps. */
export const sidecar = defineScenario<SidecarWorld>({
  name: 'sidecar',
  title: 'interception of a pod’s connections by its sidecar, by istio-iptables',
  document: { id: 'S1', title: 'how Istio intercepts traffic with iptables', language: 'zh' },
  profile: 'sidecar',
  components: [{ name: 'sidecar', variants: ['builtin', 'upstream', 'present'] }],
  claims,
  steps: [mesh, path, flowTable],
  defaultFaultStep: 'mesh',
  faults: [],
  createWorld: () => new SidecarWorld(),
})
