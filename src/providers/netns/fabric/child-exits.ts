import { constants } from 'node:os'
import koffi from 'koffi'
import type { ExitStatus } from '../../../cluster/host.ts'

const libcWaitpid = koffi.load(null).func('int waitpid(int pid, void *status, int options)')
const WNOHANG = 1

const waiting = new Map<number, (status: ExitStatus) => void>()
let isListening = false

/** How a child ends that Node.js does not know of, since it did not start it. Ask in the tick that started it. */
export async function exitOf(pid: number): Promise<ExitStatus> {
  if (!isListening) process.on('SIGCHLD', reap)
  isListening = true
  return await new Promise((resolve) => {
    waiting.set(pid, resolve)
  })
}

/** Asks for each child by its id: those of Node.js are its own to wait for. */
function reap(): void {
  const status = Buffer.alloc(4)
  for (const [pid, resolve] of waiting) {
    if (libcWaitpid(pid, status, WNOHANG) !== pid) continue
    waiting.delete(pid)
    resolve(decodeWaitStatus(status.readInt32LE(0)))
  }
}

/** As WIFEXITED(3) and its like have it: the signal in the lowest seven bits, or else the exit code in the next byte. */
export function decodeWaitStatus(status: number): ExitStatus {
  const number = status & 0x7f
  if (number === 0) return { exitCode: (status >> 8) & 0xff, signal: null }
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
  return { exitCode: null, signal: name ?? 'SIGKILL' }
}
