import { describe, expect, it } from 'vitest'
import type { Run } from '../model.ts'
import { hostileRun } from '../testdata/hostile-run.ts'
import { passingRun, sampleRun, sampleScenario } from '../testdata/sample-run.ts'
import { elementsOf } from '../testdata/well-formed.ts'
import { escapeHtml } from './html.ts'
import { renderPage } from './page.ts'

const scenario = sampleScenario()

describe('the HTML report', () => {
  const page = renderPage(sampleRun())

  it('is well formed', () => {
    expect(elementsOf(page)).toContain('main')
  })

  it.each(scenario.claims.map((claim) => [claim.id, claim] as const))(
    'shows claim %s with all its checks',
    (_, claim) => {
      expect(page).toContain(`id="s1-claim-${claim.id}"`)
      expect(page).toContain(escapeHtml(claim.statement))
      for (const check of claim.checks) {
        for (const text of [check.what, check.expected, check.observed]) expect(page).toContain(escapeHtml(text))
      }
    },
  )

  it.each(scenario.evidence.map((evidence) => [evidence.kind, evidence.id] as const))(
    'shows the %s %s in one place',
    (_, id) => {
      expect(page.split(`id="s1-evidence-${id}"`)).toHaveLength(2)
    },
  )

  it.each((scenario.faults ?? []).map((fault) => fault.name))('shows the fault "%s"', (name) => {
    expect(page).toContain(name)
  })

  it('has a target for every link inside it', () => {
    const targets = new Set([...page.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]))
    const links = [...page.matchAll(/ href="#([^"]*)"/g)].map((match) => match[1])
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter((link) => !targets.has(link))).toEqual([])
  })

  it('fetches nothing', () => {
    expect(page).not.toMatch(/(?:src|href)="(?!#|\.\/)/)
    expect(page).not.toMatch(/https?:|@import|url\(/)
    expect(page).toContain("default-src 'none'")
  })

  it('opens unexpected claims and keeps settled ones without a translation closed', () => {
    expect(page).toMatch(/id="s1-claim-S0\.3" data-outcome="unexpected" open/)
    expect(page).toMatch(/id="s1-claim-S0\.11c" data-outcome="expected" >/)
  })

  it('marks in the translation what NAT changed, where it changed', () => {
    expect(page).toContain('<mark title="changed here">10.0.0.1</mark>')
    expect(page).toContain('<mark title="changed here">41025</mark>')
    expect(page).not.toContain('<mark title="changed here">10.0.2.2</mark>')
  })

  it('gives a line to open each capture, and its digest', () => {
    expect(page).toContain('wireshark -r evidence/masquerade/node-1-eth0.pcap')
    expect(page).toContain('60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752')
  })

  it('names evidence that is cited but not there', () => {
    const [first, ...others] = scenario.claims
    const run = sampleRun({
      scenarios: [{ ...scenario, claims: first === undefined ? [] : [{ ...first, evidence: ['E99'] }, ...others] }],
    })
    expect(renderPage(run)).toContain('E99 (not in this run)')
  })

  it('keeps hostile text inert', () => {
    const hostile = renderPage(hostileRun())
    const elements = elementsOf(hostile)
    expect(elements.filter((name) => name === 'script')).toHaveLength(1)
    expect(elements).not.toContain('img')
    expect(hostile.split('&lt;script&gt;alert(1)').length).toBeGreaterThan(100)
    for (const character of '\0\u001b\u202e\uffff') expect(hostile).not.toContain(character)
  })

  it.each<[string, Partial<Run>]>([
    ['no scenario', { scenarios: [] }],
    ['an interrupted run', { interrupted: { signal: 'SIGINT' } }],
    [
      'an empty scenario',
      {
        scenarios: [
          { ...scenario, claims: [], evidence: [], steps: [], faults: [], topology: { hosts: [], subnets: [] } },
        ],
      },
    ],
    ['two scenarios of one name', { scenarios: [scenario, scenario] }],
  ])('is well formed for %s', (_, change) => {
    const markup = renderPage(sampleRun(change))
    elementsOf(markup)
    const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map((match) => match[1])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('says so when all is as expected', () => {
    expect(renderPage(passingRun())).toContain(
      '4 of 4 tested claims came out as expected, 1 only after retrying. 1 of 1 fault was caught.',
    )
  })
})
