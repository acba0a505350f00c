import type { Socket } from 'node:net'
import { type Direction, endpointText } from './connection-record.ts'

/** Knows the proxy's own connections onwards, so that one that comes back to it is told from one of somebody else. */
export class LoopGuard {
  readonly #onward = new Map<Socket, Direction>()

  add(socket: Socket, direction: Direction): void {
    this.#onward.set(socket, direction)
    socket.once('close', () => this.#onward.delete(socket))
  }

  /**
   * Whether the accepted connection is one of the proxy's own and would go round. What it sends on for its own app comes in once,
   * rightly, when the app calls its own Service.
   */
  isLoop(accepted: Socket, direction: Direction): boolean {
    const peer = endpointText({ address: accepted.remoteAddress, port: accepted.remotePort })
    for (const [socket, madeFor] of this.#onward) {
      if (ownEndpoint(socket) === peer) return direction === 'outbound' || madeFor === 'inbound'
    }
    return false
  }
}

/** As the kernel has it now: `localPort` remembers what it was when first asked, before the socket was connected. */
function ownEndpoint(socket: Socket): string {
  const handle = (socket as unknown as { _handle?: { getsockname?(out: object): number } | null })._handle
  const out: { address?: string; port?: number } = {}
  handle?.getsockname?.(out)
  return endpointText(out)
}
