import type { Socket } from 'node:net'

/**
 * Passes bytes on in both directions until both sides are done. Each side's end is passed on by itself, a side that reads slowly slows the
 * other down, and an error of one side resets the other.
 * @returns why it ended early, if it did.
 */
export async function relay(peer: Socket, onward: Socket): Promise<string | undefined> {
  let problem: string | undefined
  const fail =
    (other: Socket) =>
    (error: NodeJS.ErrnoException): void => {
      problem ??= error.code ?? error.message
      other.resetAndDestroy()
    }
  peer.on('error', fail(onward))
  onward.on('error', fail(peer))
  // Who has gone in the meantime will not say so again.
  if (peer.destroyed) onward.resetAndDestroy()
  if (onward.destroyed) peer.resetAndDestroy()
  const closed = Promise.all([untilClosed(peer), untilClosed(onward)])
  peer.pipe(onward)
  onward.pipe(peer)
  await closed
  return problem
}

async function untilClosed(socket: Socket): Promise<void> {
  if (socket.closed) return
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}
