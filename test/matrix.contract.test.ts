import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endAll, startPacketproof } from './command-line.test-helper.ts'

const manifests = `
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: c, image: nginx, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: shop, labels: { app: db } }
spec: { containers: [{ name: c, image: postgres, ports: [{ containerPort: 5432 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: other, namespace: lab }
spec: { containers: [{ name: c, image: redis }] }
`
const policy = (spec: string) => `
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec: ${spec}
`
const webToDb =
  '{ podSelector: { matchLabels: { app: db } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 5432 }] }] }'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-matrix-'))
})

afterAll(() => {
  endAll()
  rmSync(folder, { recursive: true })
})

async function matrix(text: string, ...options: readonly string[]) {
  const path = join(folder, 'all.yaml')
  writeFileSync(path, text)
  return await startPacketproof(['matrix', '-f', path, ...options]).ended
}

it('marks the cells that are open though a policy forbids them, by Service as by address', async () => {
  const options = ['--replace-images', '--component', 'network-policy=none', '--format', 'json', '--ports', 'tcp/5432']
  for (const via of ['ip', 'service']) {
    const { exitCode, stdout } = await matrix(manifests + policy(webToDb), ...options, '--via', via)
    const { cells } = JSON.parse(stdout) as { cells: readonly { from: string; to: string; verdict: string }[] }
    const wrong = cells.filter(({ verdict }) => verdict === 'differs')
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual(['lab/other -> shop/db'])
    expect(cells).toHaveLength(6)
    expect(exitCode).toBe(1)
  }
})

it('ends with 0 when policies are enforced, and shows the rule that dropped a packet', async () => {
  const { exitCode, stdout } = await matrix(
    manifests + policy(webToDb),
    ...['--replace-images', '--via', 'service', '--from', 'nodes', '--ports', 'tcp/5432'],
    ...['--explain', 'lab/other,shop/db,tcp/5432'],
  )
  expect(stdout).toMatch(/^\d+ of \d+ cells as the NetworkPolicy API demands; by Service/m)
  expect(stdout).toMatch(/KUBE-SEP-\w+ .*-j DNAT --to-destination/)
  expect(stdout).toMatch(/dropped on \S+ in FORWARD by the rule -A cali-tw-\w+ .*-j DROP/)
  expect(exitCode).toBe(0)
})

it("refuses what the API refuses, with the API's reason and the place", async () => {
  const bad = policy(
    '{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [11.0.0.0/8] } }] }] }',
  )
  const { exitCode, stderr } = await matrix(manifests + bad, '--replace-images', '--component', 'network-policy=none')
  expect(stderr).toMatch(
    /all\.yaml:18 \(document 4\): could not create NetworkPolicy shop\/db: .*must be a strict subset/,
  )
  expect(exitCode).toBe(2)
})

it('refuses images that stand for nothing before it makes a cluster', async () => {
  const { exitCode, stderr } = await matrix(manifests)
  expect(stderr).toContain('the embedded cluster has no image "nginx"')
  expect(stderr).toContain('--replace-images')
  expect(stderr).not.toContain('making a cluster')
  expect(exitCode).toBe(2)
})
