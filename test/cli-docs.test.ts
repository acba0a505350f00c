import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '../helpers/package-root.ts'
import { cliDocs } from '../src/cli/cli-docs.ts'

it('docs/cli.md is what `npm run docs` writes', () => {
  expect(readFileSync(join(packageRoot(), 'docs', 'cli.md'), 'utf8')).toBe(cliDocs())
})
