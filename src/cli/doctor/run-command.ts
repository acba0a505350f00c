import { $ } from 'zx'
import { toolPath } from '../../providers/netns/client/find-tool.ts'

export interface CommandOutcome {
  /** Undefined when a signal ended it; 127 when there is no such command. */
  readonly exitCode: number | undefined
  readonly output: string
}

/** Runs a short command of this machine and resolves whatever comes of it. zx quotes each word of the argv. */
export async function runCommand(argv: readonly string[]): Promise<CommandOutcome> {
  const env = { ...process.env, PATH: toolPath(), LC_ALL: 'C' }
  const result = await $({ env, nothrow: true, quiet: true, timeout: '10s' })`${[...argv]}`
  const exitCode = result.exitCode ?? undefined
  const output = `${result.stdout}${result.stderr}`.trim()
  return { exitCode, output: output === '' && exitCode !== 0 ? (result.message ?? 'it said nothing') : output }
}
