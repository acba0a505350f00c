import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dryRunNetworkPolicy } from './dry-run.ts'
import { parseNetworkPolicyFlags } from './flags.ts'

const pod = `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: default, labels: { app: web } }
spec: { nodeName: host30, containers: [] }
status: { podIPs: [{ ip: 10.139.54.158 }, { ip: "fd00::9" }] }
---
`
const policy = (spec: string, apiVersion = 'networking.k8s.io/v1') => `apiVersion: ${apiVersion}
kind: NetworkPolicy
metadata: { name: p, namespace: default }
spec: ${spec}
`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-policies-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function run(text: string, ...flags: readonly string[]): Promise<string> {
  const file = join(folder, 'objects.yaml')
  writeFileSync(file, text)
  return dryRunNetworkPolicy(parseNetworkPolicyFlags(['--dry-run', '-f', file, '--node', 'host30', ...flags]))
}

test("a node's sets and rules are printed, in both families", async () => {
  const text = await run(pod + policy('{ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }'))
  expect(text).toMatch(/^# ipset restore\ncreate cali40s:\S+ hash:net family inet /)
  expect(text).toMatch(/add cali40s:\S+ 10\.139\.54\.158\n/)
  expect(text).toMatch(/add cali60s:\S+ fd00::9\n/)
  for (const line of ['# iptables-restore --noflush', '# ip6tables-restore --noflush', '*filter', '*raw', 'COMMIT']) {
    expect(text.split('\n')).toContain(line)
  }
  expect(text.match(/^-A cali-tw-\S+ .*-m mark --mark 0\/0x20000 --jump cali-pi-/gm)).toHaveLength(2)
})

test('a node without pods has the chains that every node has', async () => {
  const text = await run(pod + policy('{ podSelector: {} }'), '--node', 'host31')
  expect(text).toContain('-A cali-to-wl-dispatch')
  expect(text).not.toContain('cali-tw-')
})

test('the old dialect is written when it is asked for', async () => {
  const text = await run(pod + policy('{ podSelector: {}, policyTypes: [Ingress] }'), '--dialect', 'v2.5')
  expect(text).toContain('--comment "Start of policies" --jump MARK --set-mark 0/0x2000000')
})

test('a thousand policies on one pod are grouped', async () => {
  const many = Array.from({ length: 1000 }, (_, index) =>
    policy('{ podSelector: {} }').replace('name: p', `name: p${index}`),
  )
  const text = await run(pod + many.join('---\n'))
  expect(text.match(/^:cali-pi-/gm)).toHaveLength(2000)
  expect(text.match(/--comment "Return on verdict"/g)).toHaveLength(2 * 199)
})

test.each([
  ['{ podSelector: {}, ingress: [{ ports: [{ port: 90, endPort: 80 }] }] }', 'spec.ingress[0].ports[0].endPort'],
  ['{ podSelector: {}, ingress: [{ from: [{}] }] }', 'must specify a peer'],
  [
    '{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [11.0.0.0/8] } }] }] }',
    'strict subset',
  ],
  [
    '{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 }, podSelector: {} }] }] }',
    'both ipBlock and another peer',
  ],
  [
    '{ podSelector: {}, ingress: [{ ports: [{ port: 80, protocol: ICMP }] }] }',
    'supported values: "SCTP", "TCP", "UDP"',
  ],
  [
    '{ podSelector: { matchExpressions: [{ key: a, operator: Near }] } }',
    'spec.podSelector.matchExpressions[0].operator',
  ],
])('%s is refused with the words of the API and the place', async (spec, message) => {
  await expect(run(pod + policy(spec))).rejects.toThrow(message)
  await expect(run(pod + policy(spec))).rejects.toThrow('objects.yaml:7 (document 2)')
})

test('the version of the document is refused', async () => {
  await expect(run(pod + policy('{ podSelector: {} }', 'extensions/v1beta1'))).rejects.toThrow(
    'no matches for kind "NetworkPolicy" in version "extensions/v1beta1"',
  )
})

test.each([
  [['--node', 'n', '--refresh-interval', '0s'], '--refresh-interval "0s"'],
  [['--node', 'n', '--dialect', 'v9'], '--dialect "v9": expected v3.32 or v2.5'],
  [['--node', 'n', '--dry-run'], '--dry-run needs -f'],
  [['--node', 'n', '--dry-rum'], 'unknown flag --dry-rum'],
  [[], 'which node is this?'],
])('the flags %j are refused', (argv, message) => {
  expect(() => parseNetworkPolicyFlags(argv)).toThrow(message)
})
