import { spawn } from 'node:child_process'
import { SetupError } from './setup-error.mjs'

/** @type {'SIGINT' | 'SIGTERM' | undefined} */
let received

/** The signal that ended the work, if one did. */
export function interruptedBy() {
  return received
}

/**
 * Runs a tool, keeps its output, and passes on SIGINT and SIGTERM.
 * @param {readonly string[]} argv
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ exitCode: number | null, output: string }>} resolves whatever the exit code
 * @throws {SetupError} when the tool cannot be started, or a signal arrived
 */
export async function runQuietly(argv, options = {}) {
  const [command, ...args] = argv
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const passOn = (signal) => {
    received = signal
    child.kill(signal)
  }
  process.on('SIGINT', passOn).on('SIGTERM', passOn)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text))
  try {
    const exitCode = await new Promise((resolve, reject) => {
      child.once('error', (error) => reject(new SetupError(`cannot run ${command}: ${error.message}`)))
      child.once('close', resolve)
    })
    if (received !== undefined) throw new SetupError(`${command} was interrupted`)
    return { exitCode, output }
  } finally {
    process.off('SIGINT', passOn).off('SIGTERM', passOn)
  }
}
