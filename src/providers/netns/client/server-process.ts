import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { packageRoot } from '../../../../helpers/package-root.ts'
import { PacketproofError } from '../../../errors.ts'
import { type ServerConfiguration, type ServerEvent, STATUS_FD } from '../server/configuration.ts'
import { toolPath } from './find-tool.ts'
import type { PrivilegeMode } from './privilege.ts'

const NAMESPACES = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc', '--']

/** In a user namespace of its own, waits for its users to be mapped (an empty line on its input), and goes on as root there. */
const WAIT_FOR_USERS = [
  'sh',
  '-c',
  `printf '{"event":"unshared"}\\n' >&${STATUS_FD}; read -r go || exit 1; exec "$@"`,
  'sh',
]

/** `require` reads some 200 modules without a round through the event loop for each; Node.js 22 before 22.12 cannot. */
const LOAD =
  'const [, path] = process.argv; process.features.require_module ? require(path) : import(require("node:url").pathToFileURL(path))'

function serverEntry(): string {
  const entry = join(packageRoot(), 'dist/src/providers/netns/server/main.js')
  if (existsSync(entry)) return entry
  throw new PacketproofError('E_ENVIRONMENT', `the cluster server has not been compiled: there is no ${entry}`, {
    hint: 'npm run build',
  })
}

/** The cluster server as a child of this process. */
export class ServerProcess {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #input: Writable
  readonly #listeners = new Set<(event: ServerEvent) => void>()
  #complaint = ''
  /** Settles when the process and everything in its PID namespace are gone. */
  readonly ended: Promise<void>

  constructor(mode: PrivilegeMode, listenerFd: number) {
    const argv = [
      ...(mode === 'root' ? [] : ['--user', '--', ...WAIT_FOR_USERS, 'unshare']),
      ...NAMESPACES,
      process.execPath,
      '--eval',
      LOAD,
      serverEntry(),
    ]
    // NODE_OPTIONS and the like are the caller's: a test runner's loaders have no place in the server.
    const { NODE_OPTIONS: _options, NODE_CHANNEL_FD: _channel, ...inherited } = process.env
    const env = { ...inherited, PATH: toolPath() }
    const child = spawn('unshare', argv, { env, stdio: ['pipe', 'ignore', 'pipe', listenerFd, 'pipe'] })
    this.#child = child
    this.#input = child.stdin as Writable
    this.#input.on('error', () => undefined)
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#complaint += error.message
        resolve()
      })
      child.once('close', () => resolve())
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-4000)
    })
    const events = createInterface({ input: child.stdio[STATUS_FD] as Readable })
    events.on('line', (line) => {
      const event = JSON.parse(line) as ServerEvent
      for (const listen of this.#listeners) listen(event)
    })
    this.pid = child.pid ?? -1
  }

  /** What the process and those that started it complained about. */
  get complaint(): string {
    return this.#complaint.trim()
  }

  goOn(): void {
    this.#input.write('\n')
  }

  configure(configuration: ServerConfiguration): void {
    this.#input.write(`${JSON.stringify(configuration)}\n`)
  }

  /** @throws PacketproofError what the server reports as failed, or E_CLUSTER when it ends before saying anything. */
  async event<K extends ServerEvent['event']>(kind: K): Promise<ServerEvent & { event: K }> {
    return await new Promise((resolve, reject) => {
      const listen = (event: ServerEvent): void => {
        if (event.event === kind) resolve(event as ServerEvent & { event: K })
        else if (event.event === 'failed') {
          reject(new PacketproofError(event.code, event.message, event.hint === undefined ? {} : { hint: event.hint }))
        } else return
        this.#listeners.delete(listen)
      }
      this.#listeners.add(listen)
      const onEnd = (): void =>
        reject(new PacketproofError('E_CLUSTER', `the cluster server ended: ${this.complaint || 'it gave no reason'}`))
      void this.ended.then(onEnd)
    })
  }

  /** Ends the server: everything of the cluster is gone when this returns. */
  async stop(): Promise<void> {
    this.#input.end()
    const timer = setTimeout(() => this.kill(), STOP_TIMEOUT_MS)
    await this.ended
    clearTimeout(timer)
  }

  /** With `--kill-child` the death of `unshare` is that of the PID namespace. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

const STOP_TIMEOUT_MS = 5000
