import type { Component } from '../component.ts'
import { deployMasquerade, masqueradeOwnership, removeMasquerade } from './deploy.ts'
import { agentName, type MasqueradeOptions } from './manifest.ts'

/** The masquerade agent as a system under test. */
export const masqueradeAgent: Component<MasqueradeOptions> = {
  name: agentName,
  variants: ['builtin', 'upstream'],
  owns: masqueradeOwnership,
  deploy: deployMasquerade,
  remove: removeMasquerade,
}
