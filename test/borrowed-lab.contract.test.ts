import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '../helpers/wait-for.ts'
import type { Cluster } from '../src/cluster/cluster.ts'
import { readRecord } from '../src/lab/lab-record.ts'
import { isAlive } from '../src/lab/process-identity.ts'
import { createCluster } from '../src/providers/create-cluster.ts'
import { endAll, packetproof } from './command-line.test-helper.ts'

const folder = mkdtempSync(join(tmpdir(), 'packetproof-borrowed-lab-'))
const kubeconfig = join(folder, 'kubeconfig')
const settings = ['XDG_RUNTIME_DIR', 'XDG_STATE_HOME', 'DOCKER_HOST'] as const
const before = settings.map((name) => [name, process.env[name]] as const)
let owner: Cluster

beforeAll(async () => {
  process.env['XDG_RUNTIME_DIR'] = folder
  process.env['XDG_STATE_HOME'] = folder
  process.env['DOCKER_HOST'] = `unix://${folder}/no-docker.sock`
  owner = await createCluster('lab')
  writeFileSync(kubeconfig, owner.kubeconfig, { mode: 0o600 })
})
afterAll(async () => {
  endAll()
  await owner?.[Symbol.asyncDispose]()
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  rmSync(folder, { recursive: true, force: true })
})

async function succeed(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await packetproof(argv)
  expect({ argv, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ argv, exitCode: 0, stderr: '' })
  return stdout
}

/** What the owner of the cluster sees of it: objects, and the rules of the nodes. */
async function stateOfCluster(): Promise<string> {
  const { core, apps } = owner.api
  const lists = await Promise.all([
    core.listNamespace(),
    core.listPodForAllNamespaces(),
    core.listServiceAccountForAllNamespaces(),
    apps.listDaemonSetForAllNamespaces(),
    owner.api.objects.list('rbac.authorization.k8s.io/v1', 'ClusterRole'),
    owner.api.objects.list('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'),
  ])
  const rules = await Promise.all(owner.nodes.map(async (node) => (await node.exec(['iptables-save'])).stdout))
  return [
    ...lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`).sort()),
    ...rules.flatMap((text) => text.split('\n').filter((line) => /^(-A|:[\w]+-)/.test(line))),
  ].join('\n')
}

async function makeLab(name: string): Promise<void> {
  await succeed('up', 'lab', '--name', name, '--provider', 'kubeconfig', '--kubeconfig', kubeconfig, '--yes')
  await succeed('deploy', 'network-policy', '--lab', name)
  expect(await succeed('rules', 'worker-1', 'filter', '--lab', name)).toContain('cali-FORWARD')
}

it('a lab in a cluster that was there before leaves nothing there', async () => {
  const untouched = await stateOfCluster()
  await makeLab('borrowed')
  expect(await stateOfCluster()).toContain('kube-system/network-policy')
  expect(await succeed('down', 'borrowed')).toBe('The lab "borrowed" is gone.\n')
  expect(await stateOfCluster()).toBe(untouched)
})

it('one that has crashed is taken out of the cluster by down --all', async () => {
  const untouched = await stateOfCluster()
  await makeLab('crashed')
  const { keeper } = readRecord('crashed')
  process.kill(keeper.pid, 'SIGKILL')
  await waitFor('the end of the keeper', () => !isAlive(keeper), { timeoutMs: 5000 })
  expect(await succeed('down', '--all')).toBe('The lab "crashed" is gone.\n')
  expect(await stateOfCluster()).toBe(untouched)
})

it('what is left without any record is found by its labels', async () => {
  const untouched = await stateOfCluster()
  await succeed('up', 'lab', '--name', 'lost', '--provider', 'kubeconfig', '--kubeconfig', kubeconfig)
  const { keeper } = readRecord('lost')
  process.kill(keeper.pid, 'SIGKILL')
  await waitFor('the end of the keeper', () => !isAlive(keeper), { timeoutMs: 5000 })
  rmSync(join(folder, 'packetproof', 'labs'), { recursive: true })
  expect(await succeed('down', '--all', '--kubeconfig', kubeconfig)).toMatch(/^Namespace packetproof-\w{8} is gone\.$/m)
  expect(await stateOfCluster()).toBe(untouched)
  expect(readdirSync(folder)).toContain('kubeconfig')
})
