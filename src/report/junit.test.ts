import { describe, expect, it } from 'vitest'
import { renderJunit } from './junit.ts'
import { hostileRun } from './testdata/hostile-run.ts'
import { passingRun, sampleRun, sampleScenario } from './testdata/sample-run.ts'
import { elementsOf } from './testdata/well-formed.ts'

describe('junit.xml', () => {
  const xml = renderJunit(sampleRun())

  it('is well formed, with a testcase for each claim, fault and problem', () => {
    const names = elementsOf(xml)
    expect(names.filter((name) => name === 'testcase')).toHaveLength(8 + 3 + 1)
    expect(names.filter((name) => name === 'testsuite')).toHaveLength(2)
  })

  it('counts what it holds', () => {
    expect(xml).toContain('<testsuites name="packetproof" tests="12" failures="2" errors="3" skipped="2"')
  })

  it('fails an unexpected verdict with what was expected and observed', () => {
    const failure = /<failure type="unexpected"[^>]*>([^<]*)</.exec(xml)
    expect(failure?.[0]).toContain('S0.3 is refuted, expected proved')
    expect(failure?.[1]).toContain('expected: none')
    expect(failure?.[1]).toContain('observed: 1: 10.244.196.132')
  })

  it('passes a claim that is refuted as expected, and says so in its properties', () => {
    const [, rest = ''] = xml.split('name="S0.11 ')
    const [testcase = ''] = rest.split('</testcase>')
    expect(testcase).toContain('<property name="verdict" value="refuted"/>')
    expect(testcase).not.toMatch(/<failure|<error|<skipped/)
  })

  it('makes an inconclusive verdict an error and a skipped one skipped, with the reason', () => {
    expect(xml).toContain(
      '<error type="inconclusive" message="S0.7 is inconclusive, expected proved: the kernel dropped 3 packets of the capture">',
    )
    expect(xml).toContain('<skipped message="needs Docker"/>')
  })

  it('has no failure when all is as expected', () => {
    expect(renderJunit(passingRun())).toMatch(/tests="7" failures="0" errors="0" skipped="2"/)
  })

  it('reports a scenario that ended before any claim', () => {
    const scenario = {
      ...sampleScenario(),
      status: 'error' as const,
      error: { message: 'no tcpdump', code: 'E_TOOL_MISSING' },
      claims: [],
      faults: [],
    }
    expect(renderJunit(sampleRun({ scenarios: [scenario], problems: [] }))).toContain(
      '<error type="E_TOOL_MISSING" message="no tcpdump">',
    )
  })

  it('holds only characters that XML allows, whatever the packets held', () => {
    const hostile = renderJunit(hostileRun())
    elementsOf(hostile)
    expect(hostile).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u)
  })
})
