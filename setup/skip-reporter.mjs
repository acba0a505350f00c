// A vitest reporter: why tests were skipped, once per reason. The default reporter counts them and says no more.

export default class SkipReporter {
  /** @param {ReadonlyArray<import('vitest/node').TestModule>} modules */
  onTestRunEnd(modules) {
    /** @type {Map<string, number>} */
    const reasons = new Map()
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result()
        // Without a note it was a filter of the command line that left the test out.
        if (result.state !== 'skipped' || !result.note) continue
        reasons.set(result.note, (reasons.get(result.note) ?? 0) + 1)
      }
    }
    if (reasons.size === 0) return
    console.log('\n Skipped:')
    for (const [reason, count] of reasons) console.log(`   ${count} ${count === 1 ? 'test' : 'tests'}: ${reason}`)
  }
}
