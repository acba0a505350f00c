import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../helpers/package-root.ts'
import { cliDocs } from './cli-docs.ts'

// `npm run docs`
writeFileSync(join(packageRoot(), 'docs', 'cli.md'), cliDocs())
