import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildStep } from './build.mjs'
import { withLock } from './lock.mjs'
import { npmPackagesStep } from './npm-packages.mjs'
import { catchSignals, interruptedExitCode } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'
import { systemPackagesStep } from './system-packages.mjs'

/**
 * One thing that may be missing. `inspect` looks, changes nothing, and returns undefined when all is there; otherwise
 * the work, which says what it is about to do before it does it.
 * @typedef {{ inspect(): ((announce: (doing: string) => void) => Promise<void>) | undefined }} Step
 */

/** Carries out what is missing. Resolves with the exit code: 0, 3 when it cannot, 130 or 143 when interrupted. */
export async function prepare() {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const steps = [npmPackagesStep(root), systemPackagesStep(process.env), buildStep(root)]
  try {
    if (steps.every((step) => step.inspect() === undefined)) return 0
    catchSignals()
    await withLock(root, () => carryOutAll(steps))
    return 0
  } catch (error) {
    const signalled = interruptedExitCode()
    if (signalled !== undefined) return signalled
    if (!(error instanceof SetupError)) throw error
    if (error.output) console.error(error.output.trimEnd())
    console.error(`error: ${error.message}`)
    if (error.hint) console.error(`hint: ${error.hint}`)
    return 3
  }
}

/** @param {readonly Step[]} steps */
async function carryOutAll(steps) {
  for (const step of steps) {
    const work = step.inspect()
    await work?.((doing) => console.error(`packetproof set-up: ${doing}`))
  }
}
