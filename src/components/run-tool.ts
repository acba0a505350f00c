import { spawn } from 'node:child_process'
import type { Host } from '../cluster/host.ts'
import { messageOf, PacketproofError } from '../errors.ts'

export interface ToolResult {
  /** 127 when there is no such program; null when a signal ended it. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of the machine that is configured. Resolves whatever the exit code. */
export type RunTool = (argv: readonly string[], stdin?: string) => Promise<ToolResult>

export const noSuchProgram = 127

/** A program that hangs (`wg`, when the one that carries the device is stopped) must not hang its agent. */
const TIMEOUT_MS = 20_000

/** On the machine that this process runs on. */
export function localTools(signal?: AbortSignal): RunTool {
  return async (argv, stdin = '') => {
    signal?.throwIfAborted()
    const [program = '', ...args] = argv
    return await new Promise((resolve) => {
      const child = spawn(program, args, { stdio: 'pipe', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })
      let [stdout, stderr] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk
      })
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        stderr += chunk
      })
      child.on('error', (error: NodeJS.ErrnoException) => {
        resolve({ exitCode: error.code === 'ENOENT' ? noSuchProgram : null, stdout, stderr: error.message })
      })
      child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
      // A program that ends before it has read its input is reported by its exit status.
      child.stdin.on('error', () => undefined)
      child.stdin.end(stdin)
    })
  }
}

/** On a node of a cluster. */
export function toolsOf(host: Host, signal?: AbortSignal): RunTool {
  return async (argv, stdin = '') => {
    try {
      return await host.exec(argv, { stdin, ...(signal && { signal }) })
    } catch (error) {
      signal?.throwIfAborted()
      return { exitCode: noSuchProgram, stdout: '', stderr: messageOf(error) }
    }
  }
}

/** @throws PacketproofError E_TOOL_MISSING, or E_EXEC_FAILED with what the program said. */
export async function mustRun(run: RunTool, argv: readonly string[], stdin?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(argv, stdin)
  if (exitCode === 0) return stdout
  const [program = ''] = argv
  const said = stderr.trim() || stdout.trim() || 'it said nothing'
  if (exitCode === noSuchProgram) {
    const hint = `install ${packageOf(program)}`
    throw new PacketproofError('E_TOOL_MISSING', `there is no ${program}: ${said}`, { hint })
  }
  // iptables-restore names the line that it refuses, and a payload for it is short.
  const input = stdin !== undefined && stdin.length < 2000 ? `; its input was:\n${stdin.trimEnd()}` : ''
  throw new PacketproofError('E_EXEC_FAILED', `${argv.join(' ')} ended with ${exitCode ?? 'a signal'}: ${said}${input}`)
}

function packageOf(program: string): string {
  if (/^ip6?tables/.test(program)) return 'iptables'
  return program === 'wg' ? 'wireguard-tools' : program
}
