#!/usr/bin/env node
// `npm run check`: what to run before a commit. No root, no namespaces, a few seconds.
import { runStages } from './run-stages.mjs'
import { staticStages } from './stages.mjs'

const { failed } = await runStages([
  ...staticStages,
  { title: 'unit tests', argv: ['node_modules/.bin/vitest', 'run', '--project', 'unit'] },
])
process.exitCode = failed > 0 ? 1 : 0
