import { z } from 'zod'
import { runSchema } from './model.ts'

/** The published JSON Schema of a run (`docs/run.schema.json`), draft 2020-12. Unknown properties are allowed. */
export function renderRunJsonSchema(): string {
  const schema = z.toJSONSchema(runSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // The types are read-only; that says nothing of the document.
      delete jsonSchema.readOnly
    },
  })
  return `${JSON.stringify(schema, undefined, 2)}\n`
}
