import { execFile } from 'node:child_process'
import { toolPath } from '../../providers/netns/client/find-tool.ts'

export interface CommandOutcome {
  /** Undefined when it could not be started, or a signal ended it. */
  readonly exitCode: number | undefined
  readonly output: string
}

/** Runs a short command and resolves whatever comes of it. */
export function runCommand(argv: readonly string[]): Promise<CommandOutcome> {
  const [command = '', ...args] = argv
  return new Promise((resolve) => {
    const options = { timeout: 10_000, env: { ...process.env, PATH: toolPath(), LC_ALL: 'C' } }
    execFile(command, args, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined
      const output = `${stdout}${stderr}`.trim()
      resolve({ exitCode, output: output === '' && error !== null ? error.message : output })
    })
  })
}
