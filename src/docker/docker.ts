import { findTool } from '../../helpers/find-tool.ts'
import { commandOf, type ProgramResult, runProgram } from '../../helpers/run-program.ts'
import { isTimeout, PacketproofError } from '../errors.ts'
import { explainDockerError } from './explain-error.ts'

const COMMAND_TIMEOUT_MS = 60_000
/** A daemon that works answers in milliseconds. */
const GREETING_TIMEOUT_MS = 15_000

export interface DockerRunOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly stdin?: string | Buffer
}

/** The Docker command line, and with it the daemon that DOCKER_HOST or the current context names. */
export class Docker {
  readonly path: string
  readonly #signal: AbortSignal | undefined

  /** @param signal ends every command that does not bring its own */
  constructor(path: string, signal?: AbortSignal) {
    this.path = path
    this.#signal = signal
  }

  /** The same, but its commands outlive the signal: for cleaning up. */
  withoutSignal(): Docker {
    return new Docker(this.path)
  }

  /** Resolves whatever the exit code. @throws PacketproofError E_TIMEOUT, E_INTERRUPTED */
  async try(args: readonly string[], options: DockerRunOptions = {}): Promise<ProgramResult> {
    const signal = options.signal ?? this.#signal
    const { timeoutMs = COMMAND_TIMEOUT_MS, stdin } = options
    return await runProgram([this.path, ...args], {
      timeoutMs,
      ...(signal !== undefined && { signal }),
      ...(stdin !== undefined && { stdin }),
    })
  }

  /**
   * Runs a command that has to succeed.
   * @returns what it printed on stdout, without the last line feed
   * @throws PacketproofError with what Docker said, and as `try`
   */
  async run(args: readonly string[], options: DockerRunOptions = {}): Promise<string> {
    const result = await this.try(args, options)
    if (result.exitCode === 0) return result.stdout.replace(/\n$/, '')
    throw explainDockerError(result.stderr || result.stdout, commandOf(['docker', ...args]))
  }

  /** The lines of what a command printed; none when it printed nothing. */
  async lines(args: readonly string[], options: DockerRunOptions = {}): Promise<readonly string[]> {
    return (await this.run(args, options)).split('\n').filter((line) => line !== '')
  }
}

export interface DockerServer {
  readonly version: string
  readonly apiVersion: string
  readonly architecture: string
}

/**
 * Finds Docker and has its daemon answer.
 * @throws PacketproofError E_TOOL_MISSING without the command, E_ENVIRONMENT when no daemon runs or it hangs, E_NO_PRIVILEGE when
 * this user may not speak to it.
 */
export async function connectDocker(
  signal?: AbortSignal,
  timeoutMs = GREETING_TIMEOUT_MS,
): Promise<{ readonly docker: Docker; readonly server: DockerServer }> {
  const path = findTool('docker')
  if (path === undefined) {
    throw new PacketproofError('E_TOOL_MISSING', 'docker cannot be found', {
      hint: 'install it (Debian and Ubuntu: sudo apt-get install docker.io), or use --provider netns, which needs no Docker',
    })
  }
  const docker = new Docker(path, signal)
  const format = '{{.Server.Version}} {{.Server.APIVersion}} {{.Server.Arch}}'
  try {
    const [version = '', apiVersion = '', architecture = ''] = (
      await docker.run(['version', '--format', format], { timeoutMs })
    ).split(' ')
    return { docker, server: { version, apiVersion, architecture } }
  } catch (error) {
    if (!isTimeout(error)) throw error
    throw new PacketproofError('E_ENVIRONMENT', `the Docker daemon did not answer within ${timeoutMs / 1000} s`, {
      hint: 'see whether `docker version` hangs, too; then restart the daemon, for instance with: sudo systemctl restart docker',
      cause: error,
    })
  }
}
