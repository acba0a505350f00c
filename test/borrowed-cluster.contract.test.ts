import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { V1DaemonSet } from '@kubernetes/client-node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../helpers/wait-for.ts'
import type { Cluster } from '../src/cluster/cluster.ts'
import { deployMasquerade, removeMasquerade } from '../src/components/masquerade/deploy.ts'
import { createCluster } from '../src/providers/create-cluster.ts'
import type { ScenarioRun } from '../src/report/model.ts'
import { endAll, type Outcome, packetproof, readRuns, startPacketproof } from './command-line.test-helper.ts'

const folder = mkdtempSync(join(tmpdir(), 'packetproof-borrowed-'))
const kubeconfig = join(folder, 'kubeconfig')
let owner: Cluster
let out: string

beforeAll(async () => {
  process.env['XDG_STATE_HOME'] = folder
  owner = await createCluster('masquerade')
  writeFileSync(kubeconfig, owner.kubeconfig, { mode: 0o600 })
})
afterAll(async () => {
  await owner?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  out = mkdtempSync(join(folder, 'out-'))
})
afterEach(endAll)

const options = (): string[] => ['--provider', 'kubeconfig', '--kubeconfig', kubeconfig, '--out', out]

async function runScenario(...more: readonly string[]): Promise<{ outcome: Outcome; scenario: ScenarioRun }> {
  const outcome = await packetproof(['run', 'masquerade', ...options(), ...more])
  const scenario = (await readRuns(out))[0]?.scenarios[0]
  if (scenario === undefined) throw new Error(`no report was written: ${outcome.stderr}`)
  return { outcome, scenario }
}

function idsOf({ claims }: ScenarioRun, ...verdicts: readonly string[]): string[] {
  return claims.filter(({ verdict }) => verdicts.includes(verdict)).map(({ id }) => id)
}

/** What the owner of the cluster sees of it. */
async function stateOfCluster(): Promise<string> {
  const { core, apps } = owner.api
  const lists = await Promise.all([
    core.listNamespace(),
    core.listPodForAllNamespaces(),
    core.listConfigMapForAllNamespaces(),
    apps.listDaemonSetForAllNamespaces(),
  ])
  const rules = await Promise.all(owner.nodes.map(async (node) => (await node.exec(['iptables-save'])).stdout))
  const labels = (await core.listNode()).items.map(({ metadata }) => JSON.stringify(metadata?.labels))
  return [
    ...lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`).sort()),
    ...labels,
    // The tables themselves stay once they have been used.
    ...rules.flatMap((text) => text.split('\n').filter((line) => /^(-A|:[A-Z]+-)/.test(line))),
  ].join('\n')
}

describe('a scenario on a cluster that was there before', () => {
  it('is not begun without a yes, and says what it would make', async () => {
    const { exitCode, stderr } = await packetproof(['run', 'masquerade', ...options()])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/a privileged pod on each of the nodes control-plane, worker-1, worker-2/)
    expect(stderr).toContain('say --yes')
  })

  it('proves what such a cluster can show, says of the rest what it would need, and leaves nothing', async () => {
    const before = await stateOfCluster()
    const { outcome, scenario } = await runScenario('--yes')
    expect(outcome).toMatchObject({ exitCode: 0 })
    expect(scenario).toMatchObject({ status: 'passed', provider: 'kubeconfig' })
    expect(idsOf(scenario, 'proved', 'refuted').join(' ')).toBe(
      'S0.1 S0.2 S0.5 S0.6 S0.7 S0.8 S0.8a S0.9 S0.11 S0.11a S0.12 S0.12a S0.12b S0.13 S0.13a S0.14 S0.16 S0.17 S0.17a S0.18 S0.19 S0.20 S0.23 S0.24',
    )
    const reasons = scenario.claims.filter(({ verdict }) => verdict === 'skipped').map(({ reason }) => reason ?? '')
    expect(
      reasons.filter(
        (reason) =>
          !/^(needs (external-hosts|second-cluster|fixed-pod-addresses) |it takes over two minutes)/.test(reason),
      ),
    ).toEqual([])
    expect(await stateOfCluster()).toBe(before)
  })

  it('asks no second time, and is given back when a person interrupts it', async () => {
    const before = await stateOfCluster()
    const running = startPacketproof(['run', 'masquerade', ...options()])
    await running.said(/list the rules of the defaults …/)
    process.kill(running.pid, 'SIGINT')
    expect(await running.ended).toMatchObject({ exitCode: 130 })
    expect(await stateOfCluster()).toBe(before)
  })

  it('tests the agent that is there, and leaves it alone', async () => {
    await deployMasquerade(owner, {}, { timeoutMs: 20_000 }).catch(() => undefined)
    const before = await stateOfCluster()
    expect(before).toContain('kube-system/ip-masq-agent')
    const refused = await packetproof(['run', 'masquerade', ...options(), '--test', 'S0\\.12$'])
    expect(refused.exitCode).toBe(1)
    expect(refused.stdout).toMatch(/ip-masq-agent is in the cluster already.*--component NAME=present/)
    out = mkdtempSync(join(folder, 'out-'))
    const { outcome, scenario } = await runScenario('--component', 'masquerade=present')
    expect(outcome).toMatchObject({ exitCode: 0 })
    expect(idsOf(scenario, 'proved', 'refuted').join(' ')).toBe('S0.5 S0.6 S0.8 S0.8a S0.9 S0.11 S0.11a S0.23')
    expect(scenario.components).toEqual([{ name: 'masquerade', variant: 'present' }])
    expect(await stateOfCluster()).toBe(before)
    await removeMasquerade(owner, {})
  })

  it('says that the component is not there which it is told to test', async () => {
    const { outcome, scenario } = await runScenario('--component', 'masquerade=present', '--test', 'S0\\.5$')
    expect(outcome.exitCode).toBe(1)
    expect(scenario.claims.find(({ id }) => id === 'S0.5')).toMatchObject({
      verdict: expect.stringMatching(/not-tested|inconclusive/) as string,
    })
    expect(outcome.stderr).toContain('the cluster has no ip-masq-agent on worker-1, worker-2')
  })

  it("sets kindnet's own masquerade aside, and gives it back", async () => {
    await owner.apply([kindnet()])
    const isRunning = async (): Promise<boolean> => {
      const { items } = await owner.api.core.listNamespacedPod({ namespace: 'kube-system' })
      return items.filter(({ status }) => status?.phase === 'Running').length === owner.nodes.length
    }
    await waitFor('kindnet', isRunning, { timeoutMs: 20_000 })
    for (const node of owner.nodes) await node.exec(['sh', '-c', KINDNET_RULES])
    const { outcome, scenario } = await runScenario('--test', 'S0\\.(1|9)$')
    expect(outcome).toMatchObject({ exitCode: 0 })
    expect(idsOf(scenario, 'proved')).toEqual(['S0.1', 'S0.9'])
    await waitFor('kindnet again', isRunning, { timeoutMs: 20_000 })
    const { spec } = await owner.api.apps.readNamespacedDaemonSet({ namespace: 'kube-system', name: 'kindnet' })
    expect(spec?.template.spec?.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' })
    await owner.delete([kindnet()])
  })

  it('is not broken on purpose', async () => {
    const { exitCode, stderr } = await packetproof(['prove', 'masquerade', ...options()])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('borrows its cluster')
  })
})

/** What kindnetd writes, for a pod subnet that does not hold the nodes. */
const KINDNET_RULES =
  'iptables -w 5 -t nat -N KIND-MASQ-AGENT; iptables -w 5 -t nat -A KIND-MASQ-AGENT -d 10.244.0.0/16 -j RETURN; iptables -w 5 -t nat -A KIND-MASQ-AGENT -j MASQUERADE; iptables -w 5 -t nat -A POSTROUTING -m addrtype ! --dst-type LOCAL -j KIND-MASQ-AGENT'

function kindnet(): V1DaemonSet {
  const labels = { app: 'kindnet' }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kindnet', namespace: 'kube-system', labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          terminationGracePeriodSeconds: 0,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'kindnet-cni', image: 'busybox', command: ['sleep', '2147483647'] }],
        },
      },
    },
  }
}
