import type { Component } from '../component.ts'
import { deployServiceProxy, serviceProxyOwnership } from './deploy.ts'
import { proxyName, type ServiceProxyOptions } from './manifest.ts'
import { removeServiceProxy } from './remove.ts'

/** The translation of Services to endpoints as a system under test. */
export const serviceProxy: Component<ServiceProxyOptions> = {
  name: proxyName,
  variants: ['builtin'],
  owns: serviceProxyOwnership,
  deploy: deployServiceProxy,
  remove: removeServiceProxy,
}
