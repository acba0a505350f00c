#!/usr/bin/env node
// Makes a fresh checkout ready: npm packages, the tools of the netns provider, the compiled program.
// Node built-ins only, because it runs before anything is installed. Prints nothing when nothing is missing.
import { isSupportedNode, requiredNode } from './node-version.mjs'

if (!isSupportedNode(process.versions.node)) {
  console.error(`error: packetproof needs Node.js ${requiredNode} or newer; this is ${process.versions.node}`)
  process.exit(3)
}

const { prepare } = await import('./prepare.mjs')
process.exitCode = await prepare()
