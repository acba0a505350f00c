import { readFileSync } from 'node:fs'

/**
 * Counts tests in the file that vitest's json reporter wrote. A test file that could not be loaded has no tests: it counts
 * as one failure, and so does a run that failed for another reason than a test.
 * @param {string} path
 * @param {number | null} exitCode of vitest
 */
export function readVitestResults(path, exitCode) {
  let passed = 0
  let failed = 0
  let skipped = 0
  for (const file of readResult(path).testResults ?? []) {
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) failed += 1
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed += 1
      else if (test.status === 'failed') failed += 1
      else skipped += 1
    }
  }
  if (exitCode !== 0 && failed === 0) failed = 1
  return { passed, failed, skipped }
}

/**
 * @param {string} path
 * @returns {{ testResults?: { status: string, assertionResults: { status: string }[] }[] }}
 */
function readResult(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Vitest ended before it could write: its exit code says so.
    return {}
  }
}
