import type { Component } from '../component.ts'
import { deployEncryption, encryptionOwnership } from './deploy.ts'
import { type EncryptionOptions, encryptionName } from './manifest.ts'
import { removeEncryption } from './remove.ts'

/** WireGuard between the nodes, as Cilium's variant with a mark and a routing table did it. */
export const encryption: Component<EncryptionOptions> = {
  name: encryptionName,
  variants: ['builtin'],
  owns: encryptionOwnership,
  deploy: deployEncryption,
  remove: removeEncryption,
}
