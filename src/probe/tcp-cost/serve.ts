import { createServer, type Socket } from 'node:net'
import { openTcpSocket } from '../../../helpers/linux/tcp-socket.ts'

/** What a client writes first: one byte to have it back, or how many bytes it wants, as `STREAM 1048576\n`. */
const streamRequest = /^STREAM (\d{1,12})\n/

const chunk = Buffer.alloc(65_536, 'x')

/** Answers measurements until it is ended. Transparent: it also takes connections that TPROXY leads to it. */
export async function serve(port: number, isTransparent: boolean): Promise<never> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket
      .on('error', () => undefined)
      .once('data', (data: Buffer) => {
        const wanted = streamRequest.exec(data.toString('latin1'))?.[1]
        if (wanted === undefined) socket.end(data)
        else void stream(socket, Number(wanted))
      })
  })
  const fd = openTcpSocket({ family: 4, from: { address: '0.0.0.0', port }, transparent: isTransparent })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ fd }, () => resolve()))
  process.stdout.write('listening\n')
  return await new Promise<never>(() => undefined)
}

async function stream(socket: Socket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0 && !socket.destroyed; left -= chunk.length) {
    const isRoom = socket.write(left < chunk.length ? chunk.subarray(0, left) : chunk)
    if (!isRoom) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
  }
  socket.end()
}
