import { buffer } from 'node:stream/consumers'
import { agentArgv } from './agent-argv.ts'
import type { ExecOptions, ExecResult, Host, HostKind, HostProcess } from './host.ts'
import type { AccessTarget, NodeAccess } from './node-access.ts'

const DEFAULT_TIMEOUT_MS = 30_000

/** Sees every command that ends on a host, for transcripts. */
export type ExecObserver = (host: Host, result: ExecResult) => void

/** The one implementation of Host: everything goes through the provider's NodeAccess. */
export class AccessHost implements Host {
  readonly name: string
  readonly kind: HostKind
  readonly addresses: readonly string[]
  readonly #access: NodeAccess
  readonly #target: AccessTarget
  readonly #observe: ExecObserver

  constructor(
    access: NodeAccess,
    target: AccessTarget,
    kind: HostKind,
    name: string,
    addresses: readonly string[],
    observe: ExecObserver,
  ) {
    this.#access = access
    this.#target = target
    this.kind = kind
    this.name = name
    this.addresses = addresses
    this.#observe = observe
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const startedAtMs = Date.now()
    const start = performance.now()
    const child = await this.#access.spawn(this.#target, argv, { stdin: '', ...options })
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      void child.kill('SIGKILL')
    }, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    try {
      const [stdout, stderr, status] = await Promise.all([buffer(child.stdout), buffer(child.stderr), child.exited])
      const result: ExecResult = {
        argv,
        ...status,
        stdout: stdout.toString(),
        stderr: stderr.toString(),
        startedAtMs,
        durationMs: Math.round(performance.now() - start),
        timedOut,
      }
      this.#observe(this, result)
      return result
    } finally {
      clearTimeout(timer)
    }
  }

  async spawn(argv: readonly string[], options: Omit<ExecOptions, 'stdin' | 'timeoutMs'> = {}): Promise<HostProcess> {
    return this.#access.spawn(this.#target, argv, options)
  }

  async startAgent(args: readonly string[], signal?: AbortSignal): Promise<HostProcess> {
    if (this.#access.startAgent !== undefined) return this.#access.startAgent(this.#target, args, signal)
    return this.spawn(agentArgv(args), signal === undefined ? {} : { signal })
  }

  async readFile(path: string): Promise<Buffer> {
    return this.#access.readFile(this.#target, path)
  }

  async writeFile(path: string, content: string | Buffer): Promise<void> {
    await this.#access.writeFile(this.#target, path, content)
  }
}
