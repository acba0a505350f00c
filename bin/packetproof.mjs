#!/usr/bin/env node
// The heap of modules behind a command is loaded by that command alone: an agent process must start fast.
import { existsSync } from 'node:fs'
import { isSupportedNode, requiredNode } from '../setup/node-version.mjs'

if (!isSupportedNode(process.versions.node)) {
  console.error(`error: packetproof needs Node.js ${requiredNode} or newer; this is ${process.versions.node}`)
  process.exit(3)
}

const program = new URL('../dist/src/cli/main.js', import.meta.url)
if (!existsSync(program)) {
  console.error('error: packetproof has not been compiled yet')
  console.error('hint: run: npm run setup')
  process.exit(3)
}
const { main } = await import(program.href)
process.exitCode = await main(process.argv.slice(2))
