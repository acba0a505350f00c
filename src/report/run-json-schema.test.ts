import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { renderRunJsonSchema } from './run-json-schema.ts'
import { hostileRun } from './testdata/hostile-run.ts'
import { sampleRun } from './testdata/sample-run.ts'

describe('the JSON Schema of a run', () => {
  it('is published as it is generated (vitest --update writes it anew)', async () => {
    await expect(renderRunJsonSchema()).toMatchFileSnapshot('../../docs/run.schema.json')
  })

  it('accepts the runs that the model accepts, and no other', () => {
    const schema = z.fromJSONSchema(JSON.parse(renderRunJsonSchema()))
    expect(schema.safeParse(JSON.parse(JSON.stringify(sampleRun()))).error).toBeUndefined()
    expect(schema.safeParse(JSON.parse(JSON.stringify(hostileRun()))).error).toBeUndefined()
    expect(schema.safeParse({ ...sampleRun(), schemaVersion: 2 }).success).toBe(false)
    expect(schema.safeParse({ ...sampleRun(), scenarios: [{}] }).success).toBe(false)
  })
})
