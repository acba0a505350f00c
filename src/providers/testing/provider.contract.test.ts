import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { loadProfile } from '../../cluster/load-profile.ts'
import type { ProvidedCluster } from '../../cluster/node-access.ts'
import { borrowCluster } from '../kubeconfig/provider.ts'
import { createNetnsCluster } from '../netns/provider.ts'
import { testProvider } from './provider-contract.test-helper.ts'

const profile = loadProfile('masquerade')
const folder = mkdtempSync(join(tmpdir(), 'packetproof-contract-'))
const kubeconfig = join(folder, 'kubeconfig')
let lent: ProvidedCluster

beforeAll(async () => {
  process.env['XDG_STATE_HOME'] = folder
  lent = await createNetnsCluster(profile, { name: 'lent' })
  writeFileSync(kubeconfig, lent.kubeconfig, { mode: 0o600 })
})
afterAll(async () => {
  await lent?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

testProvider('netns', profile, async () => createNetnsCluster(profile, { name: 'contract' }))
testProvider('kubeconfig', profile, async () => borrowCluster(profile, { name: 'borrowed', kubeconfig, yes: true }))
