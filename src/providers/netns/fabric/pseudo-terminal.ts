import { closeSync, constants, openSync } from 'node:fs'
import { PassThrough, Writable } from 'node:stream'
import { ReadStream } from 'node:tty'
import koffi from 'koffi'
import { SystemCallError } from '../../../../helpers/linux/system-calls.ts'

const libc = koffi.load(null)
const libcUnlockpt = libc.func('int unlockpt(int fd)')
const libcPtsnameR = libc.func('int ptsname_r(int fd, void *buffer, size_t length)')
const libcIoctl = libc.func('int ioctl(int fd, unsigned long request, void *argument)')

const TIOCSWINSZ = 0x5414
const ROWS = 24
const COLUMNS = 80
const END_OF_TRANSMISSION = '\u0004'

export interface PseudoTerminal {
  /** The program's end: its standard input, output and error. Close it once the program has it. */
  readonly programFd: number
  readonly input: Writable
  readonly output: PassThrough
}

export function openPseudoTerminal(): PseudoTerminal {
  const fd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY)
  const name = Buffer.alloc(64)
  if (libcUnlockpt(fd) !== 0 || libcPtsnameR(fd, name, name.length) !== 0) {
    const error = new SystemCallError('make a pseudo terminal', koffi.errno())
    closeSync(fd)
    throw error
  }
  const size = Buffer.alloc(8)
  size.writeUInt16LE(ROWS, 0)
  size.writeUInt16LE(COLUMNS, 2)
  libcIoctl(fd, TIOCSWINSZ, size)
  const programFd = openSync(name.toString('utf8', 0, name.indexOf(0)), constants.O_RDWR | constants.O_NOCTTY)
  return { programFd, ...streamsOf(new ReadStream(fd)) }
}

function streamsOf(terminal: ReadStream): { input: Writable; output: PassThrough } {
  const output = new PassThrough()
  // Reading fails with EIO once the last program has closed its end: that is how a terminal says that it is over.
  terminal.on('error', () => terminal.destroy())
  terminal.once('close', () => output.end())
  terminal.on('data', (chunk: Buffer) => {
    if (output.write(chunk)) return
    terminal.pause()
    output.once('drain', () => terminal.resume())
  })
  const input = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      terminal.write(chunk, () => done())
    },
    final: (done) => {
      terminal.write(END_OF_TRANSMISSION, () => done())
    },
  })
  return { input, output }
}
