import { z } from 'zod'
import { evidenceSchema } from './evidence-model.ts'
import { hostName, list, milliseconds, relativePath, sha256, verdictSchema } from './schema-helpers.ts'

/*
 * The run model: what a run found, as plain JSON. Every writer reads only this. Times named `…AtMs` and `timeMs` are
 * milliseconds since the start of the scenario, so that packets, commands and steps share one clock.
 */

const failureSchema = z
  .object({ message: z.string(), code: z.string().optional(), hint: z.string().optional() })
  .meta({ id: 'Failure' })

const fileReferenceSchema = z
  .object({ title: z.string(), file: relativePath, sha256: sha256.optional() })
  .meta({ id: 'FileReference' })

const topologySchema = z
  .object({
    hosts: list(
      z.object({
        name: hostName,
        kind: z.enum(['node', 'pod', 'outsider', 'external-host', 'router']),
        addresses: list(z.string()),
        /** The node that a pod runs on. */
        node: hostName.optional(),
        /** For instance `control-plane`, or `no route to 10.244.0.0/16`. */
        note: z.string().optional(),
      }),
    ),
    subnets: list(
      z.object({
        name: z.string(),
        kind: z.enum(['nodes', 'pods', 'services', 'external']),
        cidr: z.string(),
        /** The node that a pod subnet belongs to, or the external host at the end of an external one. */
        host: hostName.optional(),
      }),
    ),
  })
  .meta({ id: 'Topology' })

const stepSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    startedAtMs: milliseconds,
    durationMs: milliseconds,
    status: z.enum(['passed', 'failed', 'skipped', 'interrupted']),
    error: failureSchema.optional(),
    get steps() {
      return list(stepSchema)
    },
  })
  .meta({ id: 'Step' })

const checkSchema = z
  .object({
    /** A control shows that the observation could have seen the opposite. */
    role: z.enum(['observation', 'control']),
    passed: z.boolean(),
    what: z.string(),
    expected: z.string(),
    observed: z.string(),
    evidence: list(z.string()).optional(),
  })
  .meta({ id: 'Check' })

const claimResultSchema = z
  .object({
    id: z.string().min(1),
    /** The document's sentence in our own words. */
    statement: z.string(),
    /** What we hold of the sentence; `correction` when it is ours and not the document's. */
    judgement: z.enum(['right', 'imprecise', 'outdated', 'wrong', 'informational', 'correction']),
    expectation: z.enum(['proved', 'refuted', 'none']),
    verdict: verdictSchema,
    /** Why the verdict is what it is; with `skipped`, what is missing. */
    reason: z.string().optional(),
    asExpected: z.boolean(),
    checks: list(checkSchema),
    /** Evidence ids. */
    evidence: list(z.string()),
    correctedBy: z.string().optional(),
    correctionOf: z.string().optional(),
    /** What the document should have said. */
    erratum: z.string().optional(),
    /** Earlier tries that did not decide it, oldest first, and the last: more than one means that it passed late. */
    attempts: list(
      z.object({ startedAtMs: milliseconds, verdict: verdictSchema, reason: z.string().optional() }),
    ).optional(),
    durationMs: milliseconds,
  })
  .meta({ id: 'ClaimResult' })

const faultResultSchema = z
  .object({
    name: z.string(),
    description: z.string().optional(),
    /** The host on which the datapath was broken. */
    on: z.string(),
    /** The step after which it was broken. */
    after: z.string(),
    argv: list(z.string()),
    injected: z.boolean(),
    injectionError: z.string().optional(),
    /** Whether at least one claim turned to `refuted`. */
    caught: z.boolean(),
    caughtBy: list(z.string()),
    inconclusive: list(z.string()),
    durationMs: milliseconds,
    /** By claim id. */
    verdicts: z.record(z.string(), verdictSchema),
  })
  .meta({ id: 'FaultResult' })

const scenarioRunSchema = z
  .object({
    name: z.string().min(1),
    title: z.string(),
    document: z.object({
      id: z.string(),
      title: z.string(),
      language: z.string().optional(),
      note: z.string().optional(),
    }),
    /** The scenario's own file, relative to the project. */
    sourceFile: z.string().optional(),
    provider: z.string(),
    profile: z.string(),
    components: list(z.object({ name: z.string(), variant: z.string(), version: z.string().optional() })),
    status: z.enum(['passed', 'failed', 'inconclusive', 'interrupted', 'error', 'skipped']),
    skipReason: z.string().optional(),
    error: failureSchema.optional(),
    startedAt: z.iso.datetime({ offset: true }),
    durationMs: milliseconds,
    topology: topologySchema,
    steps: list(stepSchema),
    claims: list(claimResultSchema),
    evidence: list(evidenceSchema),
    faults: list(faultResultSchema).optional(),
    diagnostics: list(fileReferenceSchema).optional(),
  })
  .superRefine((scenario, context) => {
    for (const key of ['claims', 'evidence'] as const) {
      for (const [index, { id }] of scenario[key].entries()) {
        if (scenario[key].findIndex((other) => other.id === id) === index) continue
        context.addIssue({ code: 'custom', path: [key, index, 'id'], message: `expected an id of its own`, input: id })
      }
    }
  })
  .meta({ id: 'ScenarioRun' })
/** Why a claim is skipped that was not asked for. */
export const LEFT_OUT = 'left out by --test'

export const runSchema = z
  .object({
    schemaVersion: z.literal(1),
    tool: z.object({ name: z.string(), version: z.string() }),
    runId: z.string().min(1),
    startedAt: z.iso.datetime({ offset: true }),
    durationMs: milliseconds,
    /** The command line that started the run: entering it again repeats the run. */
    command: list(z.string()),
    /** Kernel, tool versions and the like. */
    environment: z.record(z.string(), z.string()),
    interrupted: z.object({ signal: z.string() }).optional(),
    scenarios: list(scenarioRunSchema),
    /** What went wrong outside any claim, for instance a leftover that was found. */
    problems: list(z.string()),
  })
  .meta({ title: 'packetproof run', description: 'What a run of packetproof found.' })

export type Run = z.infer<typeof runSchema>
export type ScenarioRun = z.infer<typeof scenarioRunSchema>
export type Topology = z.infer<typeof topologySchema>
export type TopologyHost = Topology['hosts'][number]
export type Step = z.infer<typeof stepSchema>
export type ClaimResult = z.infer<typeof claimResultSchema>
export type Check = z.infer<typeof checkSchema>
export type FaultResult = z.infer<typeof faultResultSchema>
export type Failure = z.infer<typeof failureSchema>
export type FileReference = z.infer<typeof fileReferenceSchema>
export type { Evidence, Verdict } from './evidence-model.ts'
