import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { PassThrough, type Writable } from 'node:stream'
import type { ExitStatus, HostProcess } from '../../cluster/host.ts'
import type { Docker } from '../../docker/docker.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import { CLUSTER_LABEL, labelArguments } from './labels.ts'

/** What a prober needs to enter the networks of the node's pods and to open raw sockets there. */
const RIGHTS = [
  ...['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE'].map((name) => `--cap-add=${name}`),
  '--security-opt=seccomp=unconfined',
  '--security-opt=apparmor=unconfined',
]

/**
 * One of this project's agents beside a node that is a container: a container of its own, of the image of the agents, that shares the
 * node's processes and network. What the node has is neither needed nor changed.
 */
export class AgentContainer implements HostProcess {
  readonly argv: readonly string[]
  readonly stdin: Writable
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly exited: Promise<ExitStatus>
  readonly #docker: Docker
  readonly #name = `packetproof-agent-${randomBytes(4).toString('hex')}`

  constructor(docker: Docker, options: { node: string; cluster: string; image: string; args: readonly string[] }) {
    const { node, cluster, image, args } = options
    this.#docker = docker
    this.argv = ['agent', ...args]
    const place = ['--pid', `container:${node}`, '--network', `container:${node}`]
    const identity = ['--name', this.#name, ...labelArguments({ [CLUSTER_LABEL]: cluster })]
    const run = ['run', '--rm', '--interactive', '--pull=never', ...identity, ...place, ...RIGHTS, image, ...args]
    // In a group of its own: Ctrl-C at a terminal is for the harness, which ends its commands itself.
    const child = spawn(docker.path, run, { stdio: 'pipe', detached: true })
    this.stdin = child.stdin
    this.stdin.on('error', () => undefined)
    child.stdout.pipe(this.stdout)
    child.stderr.pipe(this.stderr)
    this.exited = new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new PacketproofError('E_EXEC_FAILED', `cannot run docker: ${messageOf(cause)}`, { cause }))
      })
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
    })
    this.exited.catch(() => undefined)
  }

  async kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const end = signal === 'SIGKILL' ? ['rm', '--force'] : ['kill', '--signal', signal]
    // One that has ended in the meantime is no failure.
    await this.#docker.withoutSignal().try([...end, this.#name])
  }
}
