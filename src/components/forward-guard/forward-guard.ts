import type { Component } from '../component.ts'
import { deployForwardGuard, forwardGuardOwnership } from './deploy.ts'
import { type ForwardGuardOptions, guardName } from './manifest.ts'
import { removeForwardGuard } from './remove.ts'

/** The guard of the nodes' forwarding as a system under test. There is no upstream program. */
export const forwardGuard: Component<ForwardGuardOptions> = {
  name: guardName,
  variants: ['builtin'],
  owns: forwardGuardOwnership,
  deploy: deployForwardGuard,
  remove: removeForwardGuard,
}
