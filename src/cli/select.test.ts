import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defineScenario, type ScenarioDefinition } from '../scenario/definition.ts'
import { planRun, printPlan } from './plan.ts'
import { selectComponents } from './select-components.ts'
import { selectFaults } from './select-faults.ts'
import { selectClaims, selectScenarios, selectShard } from './select-scenarios.ts'

const claim = (id: string, statement: string) => ({ id, statement, judgement: 'right', expectation: 'proved' }) as const

const masquerade: ScenarioDefinition = defineScenario({
  name: 'masquerade',
  title: 'IP masquerade',
  document: { id: 'S0', title: 'The document' },
  profile: 'masquerade',
  components: [{ name: 'masquerade', variants: ['builtin', 'upstream'] }],
  claims: [claim('S0.1', 'the source is the node'), claim('S0.11', 'five rules'), claim('S0.2', 'replies come back')],
  steps: [{ id: 'deploy', title: 'deploy the agent', run: () => Promise.resolve() }],
  faults: [{ name: 'no-rule', on: 'node-1', run: ['iptables', '-F'] }],
  defaultFaultStep: 'deploy',
  createWorld: () => undefined,
})
const known = [masquerade]

describe('scenarios', () => {
  it('are all of them without a name, and each once', () => {
    expect(selectScenarios([], known)).toEqual(known)
    expect(selectScenarios(['masquerade', 'masquerade'], known)).toEqual(known)
  })

  it('that do not exist are refused with the nearest name', () => {
    expect(() => selectScenarios(['masqerade'], known)).toThrow(
      expect.objectContaining({ code: 'E_USAGE', hint: 'did you mean "masquerade"?' }),
    )
  })
})

describe('--test', () => {
  const select = (...expressions: string[]): string[] =>
    masquerade.claims.filter(selectClaims(expressions, known)).map(({ id }) => id)

  it('takes claims by id or sentence, and leaves out what ! names', () => {
    expect(select()).toEqual(['S0.1', 'S0.11', 'S0.2'])
    expect(select('S0\\.1$', 'come back')).toEqual(['S0.1', 'S0.2'])
    expect(select('!S0\\.1')).toEqual(['S0.2'])
    expect(select('S0', '!rules')).toEqual(['S0.1', 'S0.2'])
  })

  it('refuses what is no expression or matches nothing', () => {
    expect(() => select('S0.(')).toThrow('--test "S0.(" is not a regular expression')
    expect(() => select('S9')).toThrow('no claim matches --test "S9"')
    expect(() => select('!S0')).toThrow('no claim matches')
  })
})

describe('--component', () => {
  it.each(['builtin', 'upstream', 'host:/bin/sh', 'registry.example/agent:v1', 'agent:dev'])('takes %s', (variant) => {
    expect(selectComponents([`masquerade=${variant}`], known).get('masquerade')).toBe(variant)
  })

  it.each([
    ['masquerde=builtin', 'there is no component "masquerde"'],
    ['masquerade', 'expected NAME=VARIANT'],
    ['masquerade=', 'expected NAME=VARIANT'],
    ['masquerade=upstraem', 'there is no variant "upstraem"'],
    ['masquerade=host:bin/agent', 'expected an absolute path after host:'],
  ])('refuses %s', (text, message) => {
    expect(() => selectComponents([text], known)).toThrow(message)
  })

  it('refuses a second variant for a component', () => {
    const twice = ['masquerade=builtin', 'masquerade=upstream']
    expect(() => selectComponents(twice, known)).toThrow('has been given a variant before')
  })
})

describe('faults', () => {
  it('are the own ones and those of files; a file wins over an own one of the same name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'packetproof-faults-'))
    try {
      const file = join(folder, 'faults.yaml')
      writeFileSync(file, '- {name: no-rule, on: nodes, run: [a]}\n- {name: other, on: pods, run: [b]}\n')
      const all = await selectFaults([file], [], known)
      expect(all.get('masquerade')?.map(({ name, on }) => `${name} ${on}`)).toEqual(['no-rule nodes', 'other pods'])
      const one = await selectFaults([file], ['other'], known)
      expect(one.get('masquerade')?.map(({ name }) => name)).toEqual(['other'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('that do not exist are refused, and so is a file that cannot be read', async () => {
    await expect(selectFaults([], ['no-rul'], known)).rejects.toMatchObject({ hint: 'did you mean "no-rule"?' })
    await expect(selectFaults(['/no/such/file'], [], known)).rejects.toMatchObject({ code: 'E_INVALID_INPUT' })
  })
})

it('the plan of a run shows clusters, components, steps, claims and faults', () => {
  const plan = planRun({
    scenarios: known,
    provider: 'netns',
    components: new Map([['masquerade', 'upstream']]),
    includesClaim: selectClaims(['S0\\.1$'], known),
    keep: false,
    slow: false,
    untilCaught: false,
    outDirectory: 'reports',
    choices: {},
    command: [],
    faults: new Map([['masquerade', masquerade.faults]]),
    signal: new AbortController().signal,
    interruptedBy: () => 'SIGINT',
    onProgress: () => undefined,
  })
  const text = printPlan(plan)
  expect(text).toContain('clusters    2 (profile masquerade)')
  expect(text).toContain('components  masquerade=upstream')
  expect(text).toContain('deploy: deploy the agent')
  expect(text).toContain('S0.1 (proved): the source is the node')
  expect(text).not.toContain('S0.2')
  expect(text).toContain('no-rule: on node-1, after deploy')
})

describe('a shard', () => {
  const scenarios = ['a', 'b', 'c'].map((name) => ({ ...masquerade, name }))
  const names = (text: string | undefined) => selectShard(text, scenarios).map(({ name }) => name)

  it('is every N-th scenario, and all shards together are all of them', () => {
    expect(names(undefined)).toEqual(['a', 'b', 'c'])
    expect(names('1/2')).toEqual(['a', 'c'])
    expect(names('2/2')).toEqual(['b'])
  })

  it.each(['0/2', '3/2', '1', '1/0', 'a/b', '4/4'])('is refused as %s', (text) => {
    expect(() => names(text)).toThrow(`--shard "${text}"`)
  })
})
