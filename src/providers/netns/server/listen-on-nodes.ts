import type { Server } from 'node:https'
import { createServer } from 'node:net'
import { familyOf } from '../../../../helpers/cidr.ts'
import { inNamespaces } from '../../../../helpers/linux/namespaces.ts'
import { openListeningSocket } from '../../../../helpers/linux/sockets.ts'
import { interfaceIndex } from '../../../../helpers/linux/system-calls.ts'
import type { MachineHandle } from '../fabric/machines.ts'
import { exchange } from '../fabric/netlink/exchange.ts'
import { addLocalRoute } from '../fabric/netlink/local-route.ts'
import { API_PORT, API_SERVICE_PORT } from './api-service.ts'

interface ApiPlaces {
  readonly nodes: Iterable<MachineHandle>
  /** Every node answers at it itself: there is no way from here to there that rules could change, and none on the wire. */
  readonly serviceAddress: string
  /** Those that answer at their own addresses as well: the Service's Endpoints name them. */
  readonly apiNodes: readonly MachineHandle[]
}

/**
 * Makes the API answer inside the nodes' network namespaces: at 127.0.0.1 for what runs in a node's network, at the Service's
 * address for that and for the node's pods, and at a control-plane node's own addresses. Synchronous.
 */
export function listenOnNodes(server: Server, places: ApiPlaces): void {
  const { serviceAddress } = places
  for (const node of places.nodes) {
    const { net } = node.namespaces
    const source = node.addresses.find((address) => familyOf(address) === familyOf(serviceAddress))
    inNamespaces({ net }, () => exchange([addLocalRoute(serviceAddress, interfaceIndex('lo'), source)]))
    listen(server, net, '127.0.0.1', API_PORT)
    listen(server, net, serviceAddress, API_SERVICE_PORT)
    if (!places.apiNodes.includes(node)) continue
    for (const address of node.addresses) listen(server, net, address, API_PORT)
  }
}

/** What connects is handed to the one server, which may only listen once itself. */
function listen(server: Server, networkNamespaceFd: number, address: string, port: number): void {
  const listener = createServer({ noDelay: true }, (socket) => server.emit('connection', socket))
  listener.listen({ fd: openListeningSocket(networkNamespaceFd, address, port) })
}
