import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { SetupError } from './setup-error.mjs'

/** @type {NodeJS.Signals | undefined} */
let received
/** @type {import('node:child_process').ChildProcess | undefined} */
let current

/**
 * From now on SIGINT and SIGTERM end the tool that runs, and no other is started: `runQuietly` then throws, so that whoever
 * holds something can let go of it.
 */
export function catchSignals() {
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    received = signal
    current?.kill(signal)
  }
  process.on('SIGINT', passOn).on('SIGTERM', passOn)
}

/** The exit code of the signal that arrived, or undefined. */
export function interruptedExitCode() {
  if (received === undefined) return undefined
  return 128 + constants.signals[received]
}

/**
 * Runs a tool and keeps its output.
 * @param {readonly string[]} argv
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<{ exitCode: number | null, output: string }>} resolves whatever the exit code
 * @throws {SetupError} when the tool cannot be started, or a signal arrived
 */
export async function runQuietly(argv, options = {}) {
  const [command = '', ...args] = argv
  if (received !== undefined) throw new SetupError(`interrupted before ${command}`)
  const child = spawn(command, args, { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  current = child
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text))
  const exitCode = await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new SetupError(`cannot run ${command}: ${error.message}`)))
    child.once('close', resolve)
  })
  if (interruptedExitCode() !== undefined) throw new SetupError(`${command} was interrupted`)
  return { exitCode, output }
}
