import type { Component } from '../component.ts'
import { deploySidecar, removeSidecar, type SidecarOptions, sidecarOwnership } from './deploy.ts'

/** Istio's interception of a pod's connections as a system under test. */
export const sidecar: Component<SidecarOptions> = {
  name: 'sidecar',
  variants: ['builtin', 'upstream'],
  owns: sidecarOwnership,
  deploy: deploySidecar,
  remove: removeSidecar,
}
