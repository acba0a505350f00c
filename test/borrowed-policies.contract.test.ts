import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../src/cluster/cluster.ts'
import { deployNetworkPolicy } from '../src/components/network-policy/deploy.ts'
import { createCluster } from '../src/providers/create-cluster.ts'
import { endAll, packetproof, readRuns } from './command-line.test-helper.ts'

const folder = mkdtempSync(join(tmpdir(), 'packetproof-policies-'))
const kubeconfig = join(folder, 'kubeconfig')
let owner: Cluster

beforeAll(async () => {
  process.env['XDG_STATE_HOME'] = folder
  owner = await createCluster('network-policy')
  writeFileSync(kubeconfig, owner.kubeconfig, { mode: 0o600 })
})
afterAll(async () => {
  await owner?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(endAll)

async function run(...more: readonly string[]) {
  const out = mkdtempSync(join(folder, 'out-'))
  const args = ['--provider', 'kubeconfig', '--kubeconfig', kubeconfig, '--yes', '--out', out]
  const outcome = await packetproof(['run', 'network-policy', ...args, ...more])
  const scenario = (await readRuns(out))[0]?.scenarios[0]
  const verdicts = Object.fromEntries((scenario?.claims ?? []).map(({ id, verdict }) => [id, verdict]))
  return { ...outcome, verdicts, components: scenario?.components }
}

it('says that the cluster enforces nothing which it is told to test', async () => {
  const { exitCode, stderr } = await run('--component', 'network-policy=present', '--test', 'S3\\.1$')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('no node of the cluster has the chain cali-FORWARD')
})

it('proves the policies of a cluster that enforces them itself, by the current names, and leaves its agent alone', async () => {
  await deployNetworkPolicy(owner, { dialect: 'v3.32' })
  const { exitCode, stdout, verdicts, components } = await run('--test', 'S3\\.(1|14|18|18a)$')
  expect({ exitCode, verdicts }).toMatchObject({
    exitCode: 0,
    verdicts: { 'S3.1': 'proved', 'S3.14': 'proved', 'S3.18': 'skipped', 'S3.18a': 'proved' },
  })
  expect(components).toEqual([{ name: 'network-policy', variant: 'present' }])
  expect(stdout).toContain('S3.18: the listing is of Calico v2.5, and the rules on these nodes are not (S3.18a)')
  const rules = await Promise.all(owner.nodes.map(async (node) => (await node.exec(['iptables-save'])).stdout))
  expect(rules.filter((text) => !text.includes(':cali-FORWARD '))).toEqual([])
})

it('runs the cases of the Kubernetes suite there, probed from pods beside the nodes', async () => {
  const place = [
    '--provider',
    'kubeconfig',
    '--kubeconfig',
    kubeconfig,
    '--yes',
    '--component',
    'network-policy=present',
  ]
  const { exitCode, stdout } = await packetproof([
    'conformance',
    ...place,
    '--test',
    '^should support a .default-deny-all. policy',
  ])
  expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 passed') as string })
  const { items } = await owner.api.core.listNamespace()
  expect(
    items.flatMap(({ metadata }) => metadata?.name ?? []).filter((name) => name.startsWith('packetproof-')),
  ).toEqual([])
})

it('deploys none beside it', async () => {
  const { exitCode, stderr } = await run('--component', 'network-policy=builtin', '--test', 'S3\\.1$')
  expect(exitCode).toBe(1)
  expect(stderr).toContain("two agents would undo each other's rules")
})
