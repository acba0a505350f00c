import { runQuietly } from './run-quietly.mjs'

/**
 * Runs the stages one after the other, one line each, and shows what a failed one printed.
 * @param {readonly import('./stages.mjs').Stage[]} stages
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runStages(stages) {
  let passed = 0
  for (const { title, argv } of stages) {
    const startedAtMs = performance.now()
    const { exitCode, output } = await runQuietly(argv)
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
    console.log(` ${exitCode === 0 ? '✓' : '✗'} ${title.padEnd(10)} ${seconds}s`)
    if (exitCode === 0) passed += 1
    else console.log(output.trimEnd())
  }
  return { passed, failed: stages.length - passed }
}
