import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import {
  closeNamespaces,
  inNamespaces,
  type NamespaceSet,
  openNamespaces,
} from '../../../../helpers/linux/namespaces.ts'
import { PacketproofError } from '../../../errors.ts'
import { childrenOf } from './process-tree.ts'
import { spawnIn } from './processes.ts'
import { findProgram } from './program.ts'
import type { SpawnedProcess } from './types.ts'

const START_TIMEOUT_MS = 2000
const LOOK_AGAIN_MS = 0.2
const SIGTERM_BIT = 1n << 14n

/** By which a namespace is known under /proc. */
export interface NamespaceIdentity {
  readonly dev: number
  readonly ino: number
}

/** The inside of a running container, reached by way of the process that made its PID namespace. */
export class ContainerInside {
  readonly #outside: SpawnedProcess
  readonly #podNamespaces: NamespaceSet
  readonly #sharing: NamespaceIdentity | undefined
  #firstProcess: number | undefined
  #own: NamespaceSet | undefined
  #hasEnded = false

  /**
   * @param sharing set when that process is the program itself, in the PID namespace of its node: the mount namespace by which
   * all that was started in the container is known
   */
  constructor(outside: SpawnedProcess, podNamespaces: NamespaceSet, sharing: NamespaceIdentity | undefined) {
    this.#outside = outside
    this.#podNamespaces = podNamespaces
    this.#sharing = sharing
  }

  /** @throws PacketproofError E_EXEC_FAILED when the container has ended, or there is no such program in it. */
  exec(
    argv: readonly string[],
    asUser: readonly string[],
    options: {
      readonly env: Readonly<Record<string, string> & { PATH: string }>
      readonly cwd: string
      readonly tty: boolean
    },
  ): SpawnedProcess {
    const set = this.#enterable()
    inNamespaces(set, () => findProgram(argv[0], options.env.PATH, options.cwd))
    return spawnIn(set, [...asUser, ...argv], options)
  }

  /** To the container's first process alone, as container runtimes do. */
  kill(signal: NodeJS.Signals): void {
    const pid = this.#findFirstProcess()
    try {
      if (pid !== undefined) process.kill(pid, signal)
      else if (signal === 'SIGKILL') this.#outside.kill('SIGKILL')
    } catch {
      // It ended in the meantime.
    }
  }

  async stop(graceMs: number): Promise<void> {
    if (this.#hasEnded) return
    const pid = this.#findFirstProcess()
    if (graceMs > 0 && pid !== undefined && handlesSigterm(pid)) {
      this.kill('SIGTERM')
      const grace = new AbortController()
      await Promise.race([
        this.#outside.exited,
        delay(graceMs, undefined, { signal: grace.signal, ref: false }).catch(() => undefined),
      ])
      grace.abort()
    }
    if (!this.#hasEnded) this.kill('SIGKILL')
    await this.#outside.exited
  }

  /** Call once the container has ended. */
  close(): void {
    this.#hasEnded = true
    // No PID namespace ends with it and takes the others along.
    if (this.#sharing !== undefined) killThoseIn(this.#sharing)
    if (this.#own !== undefined) closeNamespaces(this.#own)
    this.#own = undefined
  }

  #findFirstProcess(): number | undefined {
    if (this.#hasEnded) return undefined
    this.#firstProcess ??= this.#sharing ? this.#outside.pid : childrenOf(this.#outside.pid)[0]
    return this.#firstProcess
  }

  /** Namespaces to run another process in. A container that is just starting has them a moment later. */
  #enterable(): NamespaceSet {
    const deadline = performance.now() + START_TIMEOUT_MS
    const clock = new Int32Array(new SharedArrayBuffer(4))
    while (this.#own === undefined) {
      const pid = this.#findFirstProcess()
      if (pid !== undefined && hasOwnProc(pid)) {
        this.#own = openNamespaces(pid, ['mnt', 'pid'])
      } else if (this.#hasEnded || !existsSync(`/proc/${this.#outside.pid}/exe`) || performance.now() > deadline) {
        throw new PacketproofError('E_EXEC_FAILED', 'the container is not running')
      } else {
        Atomics.wait(clock, 0, 0, LOOK_AGAIN_MS)
      }
    }
    return { ...this.#podNamespaces, ...this.#own }
  }
}

/** Whether the container's /proc is in place: not the empty folder, and not the cluster server's. */
function hasOwnProc(pid: number): boolean {
  const inside = statSync(`/proc/${pid}/root/proc/1/status`, { throwIfNoEntry: false })
  return inside !== undefined && inside.dev !== statSync('/proc').dev
}

/** Whoever was started in a container has its mount namespace. */
function killThoseIn({ dev, ino }: NamespaceIdentity): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const found = statSync(`/proc/${pid}/ns/mnt`)
      if (found.dev === dev && found.ino === ino) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended in the meantime.
    }
  }
}

function handlesSigterm(pid: number): boolean {
  try {
    // SigCgt:	0000000000014002
    const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
    return (BigInt(`0x${caught}`) & SIGTERM_BIT) !== 0n
  } catch {
    return false
  }
}
