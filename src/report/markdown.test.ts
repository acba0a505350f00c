import { describe, expect, it } from 'vitest'
import { markdownLimitBytes, renderMarkdown } from './markdown.ts'
import { hostileRun } from './testdata/hostile-run.ts'
import { sampleRun, sampleScenario } from './testdata/sample-run.ts'

describe('summary.md', () => {
  it('names every claim, fault, problem and the erratum', () => {
    const markdown = renderMarkdown(sampleRun())
    for (const claim of sampleScenario().claims) expect(markdown).toContain(`| ${claim.id} |`)
    for (const fault of sampleScenario().faults ?? []) expect(markdown).toContain(`| ${fault.name} |`)
    expect(markdown).toContain('the capture on node-2 was never asked about')
    expect(markdown).toContain('Since v2.0.1 the match is in the jump from POSTROUTING')
  })

  it('gives every row of a table as many cells as its head, whatever the text', () => {
    const lines = renderMarkdown(hostileRun()).split('\n')
    const tables = lines.filter((line) => line.startsWith('|'))
    let width = 0
    for (const [index, line] of tables.entries()) {
      const cells = line.split('|').length
      if (tables[index + 1]?.startsWith('| ---') === true) width = cells
      expect({ line, cells }).toEqual({ line, cells: width })
    }
  })

  it('lets no markup of the text through', () => {
    expect(renderMarkdown(hostileRun())).not.toMatch(/<script|<img/)
  })

  it('stays below the limit and says what it left out', () => {
    const claim = sampleScenario().claims[2]
    const claims = Array.from({ length: 5000 }, (_, index) => ({ ...claim, id: `C${index}`, reason: 'ü'.repeat(300) }))
    const run = sampleRun()
    const markdown = renderMarkdown({ ...run, scenarios: [{ ...sampleScenario(), claims: claims as never }] })
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(markdownLimitBytes)
    expect(markdown).toMatch(/_\d+ blocks left out/)
    expect(markdown).toContain('# packetproof: failed')
  })
})
