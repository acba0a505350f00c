import { connect, isIPv6, type Socket } from 'node:net'
import { inNamespaces, type NamespaceSet, openNamespaces } from '../../../../../helpers/linux/namespaces.ts'
import type { Machine } from '../../fabric/types.ts'

/** Opens connections that start at a node, as a kubelet's probes do. */
export class NodeNetwork {
  readonly #machine: Machine
  #namespaces: NamespaceSet | undefined

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** @param address an IP address, not a name. */
  connect(address: string, port: number): Socket {
    // With an address as its host, `connect` makes the socket on the next tick, back in this process's own namespace;
    // a lookup that answers at once makes it now.
    return inNamespaces(this.#networkNamespace(), () =>
      connect({
        host: 'node-network.invalid',
        port,
        autoSelectFamily: false,
        lookup: (_host, _options, answer) => answer(null, address, isIPv6(address) ? 6 : 4),
      }),
    )
  }

  #networkNamespace(): NamespaceSet {
    if (!this.#namespaces) {
      const anchor = this.#machine.spawn(['sleep', '60'])
      this.#namespaces = openNamespaces(anchor.pid, ['net'])
      anchor.kill('SIGKILL')
    }
    return this.#namespaces
  }
}
