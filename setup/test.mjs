#!/usr/bin/env node
// `npm test`: lint, types, format and dead code, then every vitest project. `npm test -- --provider kind -t REGEX …`
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { canRunKind } from './can-run-kind.mjs'
import { runStages } from './run-stages.mjs'
import { staticStages } from './stages.mjs'
import { readTestArguments } from './test-arguments.mjs'
import { readVitestResults } from './vitest-results.mjs'

// picocolors and its kin colour whenever CI is set, terminal or not.
if (!process.stdout.isTTY && process.env.FORCE_COLOR === undefined) process.env.NO_COLOR = '1'

const { variables, vitest } = readTestArguments(process.argv.slice(2))
Object.assign(process.env, variables)

if (process.env.PACKETPROOF_PROVIDER === undefined && canRunKind(process.env))
  console.log('kind is available: npm run test:kind')

const stages = await runStages(staticStages)
const folder = mkdtempSync(join(tmpdir(), 'packetproof-test-'))
try {
  const json = join(folder, 'results.json')
  const reporters = [
    '--reporter=default',
    '--reporter=./setup/skip-reporter.mjs',
    '--reporter=json',
    `--outputFile.json=${json}`,
  ]
  const exitCode = await runVitest(['run', ...reporters, ...vitest])
  const tests = readVitestResults(json, exitCode)
  const failed = stages.failed + tests.failed
  const summary = `${stages.passed + tests.passed} passed, ${failed} failed, ${tests.skipped} skipped`
  const summaryFile = process.env.PACKETPROOF_TEST_SUMMARY
  if (summaryFile === undefined) console.log(summary)
  else writeFileSync(summaryFile, `${summary}\n`)
  process.exitCode = exitCode > 128 ? exitCode : failed > 0 ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
function runVitest(args) {
  const child = spawn(join('node_modules', '.bin', 'vitest'), args, { stdio: 'inherit' })
  // A terminal sends Ctrl-C to vitest as well, and a second one would make it stop without cleaning up.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}
