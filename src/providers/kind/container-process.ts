import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { PassThrough, type Writable } from 'node:stream'
import type { ExitStatus, HostProcess } from '../../cluster/host.ts'
import type { Docker } from '../../docker/docker.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import { type Announcement, enterArgv, type PodNetwork, readAnnouncement } from './enter-script.ts'

export interface ContainerCommand {
  readonly container: string
  readonly argv: readonly string[]
  readonly network?: PodNetwork
  readonly uid?: number
  readonly env?: Readonly<Record<string, string>>
}

/** A command in a container by `docker exec`, which by itself neither says whether it began nor ends what it began. */
export class ContainerProcess implements HostProcess {
  readonly argv: readonly string[]
  readonly stdin: Writable
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly exited: Promise<ExitStatus>
  /** Resolves with what the container announced; undefined when `docker exec` ended without. */
  readonly announced: Promise<Announcement | undefined>
  readonly #docker: Docker
  readonly #container: string
  readonly #child: ChildProcessWithoutNullStreams
  #pid: number | undefined
  #hasEnded = false

  constructor(docker: Docker, command: ContainerCommand) {
    this.argv = command.argv
    this.#docker = docker
    this.#container = command.container
    // In a group of its own: Ctrl-C at a terminal is for the harness, which ends its commands itself.
    this.#child = spawn(docker.path, [...execArguments(command)], { stdio: 'pipe', detached: true })
    this.stdin = this.#child.stdin
    this.stdin.on('error', () => undefined)
    // Node.js throws away what a child has printed and nobody reads yet when the child ends.
    this.#child.stdout.pipe(this.stdout)
    this.announced = this.#readStderr()
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', (cause) => {
        reject(new PacketproofError('E_EXEC_FAILED', `cannot run docker: ${messageOf(cause)}`, { cause }))
      })
      this.#child.once('close', (code) => {
        this.#hasEnded = true
        resolve(exitStatusOf(code))
      })
    })
    this.exited.catch(() => undefined)
  }

  /** Signals the command and everything it has started in its group. */
  async kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#hasEnded) return
    if (this.#pid === undefined) {
      this.#child.kill('SIGKILL')
      return
    }
    const argv = ['sh', '-c', 'kill -s "$1" -- "-$2"', 'sh', signal.slice(3), String(this.#pid)]
    // One that has ended in the meantime is no failure, nor is a container that is gone.
    await this.#docker.withoutSignal().try(['exec', this.#container, ...argv])
  }

  async #readStderr(): Promise<Announcement | undefined> {
    return await new Promise((resolve) => {
      let head = Buffer.alloc(0)
      let isOpen = true
      const settle = (announcement: Announcement | undefined, rest: Buffer): void => {
        isOpen = false
        if (announcement?.kind === 'started') this.#pid = announcement.pid
        this.stderr.write(rest)
        resolve(announcement)
      }
      this.#child.stderr.on('data', (chunk: Buffer) => {
        if (!isOpen) {
          this.stderr.write(chunk)
          return
        }
        head = Buffer.concat([head, chunk])
        const read = readAnnouncement(head)
        if (read !== undefined) settle(read.announcement, read.rest)
      })
      this.#child.stderr.once('close', () => {
        if (isOpen) settle(undefined, head)
        this.stderr.end()
      })
    })
  }
}

/** `docker exec`: with a standard input, which `--interactive` keeps open. */
export function execArguments(command: ContainerCommand): readonly string[] {
  const env = Object.entries(command.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  return ['exec', '--interactive', ...env, command.container, ...enterArgv(command.argv, command)]
}

/** Docker reports the end by a signal as a shell does: 128 and its number. */
function exitStatusOf(code: number | null): ExitStatus {
  if (code === null) return { exitCode: null, signal: 'SIGKILL' }
  const signal = Object.entries(constants.signals).find(([, number]) => code > 128 && number === code - 128)?.[0]
  return signal === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal }
}
