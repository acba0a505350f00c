import type { V1NetworkPolicy, V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { type Dialect, defaultDialect, dialects } from '../dialect.ts'
import { hashRules } from '../render/felix-rule.ts'
import { planNode } from './plan-node.ts'

const web = podOf({ app: 'web' })
const denyAll: V1NetworkPolicy = {
  metadata: { namespace: 'default', name: 'web-deny-all' },
  spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
}

function chains(dialect: Dialect, policies = [denyAll], pods = [web]) {
  const [plan] = planNode({ namespaces: [], pods, policies }, 'host30', dialect)
  return new Map(plan?.tables.flatMap((table) => table.chains.map(({ name, rules }) => [name, hashRules(rules, name)])))
}

const hashes = (dialect: Dialect, chain: string, policies = [denyAll]) =>
  chains(dialect, policies)
    .get(chain)
    ?.map(({ hash }) => hash)

test("the chain of the document's pod has the ten hashes that the document prints", () => {
  expect(hashes(dialects['v2.5'], 'cali-tw-cali96bc57f337a')).toEqual(
    'oSVcrqJ8U46FxQEJ nudTdCphcvic4flm QWGVPDFBXrYgBHjv fnpcHeCllWo_kg1u ibEcyP2JurQBR2JS dIb1kwxUZz8DgRje 1O4PxUpswz0ZqJnr rb9GDlntQSXL3Sen s2lDMKnLGp_JSpKk q8OkJmM7E9TcFsQr'.split(
      ' ',
    ),
  )
})

test('the current dialect has twelve rules for the same pod', () => {
  expect(hashes(defaultDialect, 'cali-tw-cali96bc57f337a')).toEqual(
    'oSVcrqJ8U46FxQEJ nudTdCphcvic4flm fXPyc96TD0ayt6yZ U8-EPRBGF5EAO4Hi 4UKTI2KrpxAGbxZW 0wqcj_hwLC0-KDzm WRbRzwsAUbjxNYnx sC5XHIU0A7_wt4Yk axvNc4V0e_j422mx _nqOET8QbC4iRyHw ys-_mi3AkhCwShJx CD5rs2Riybi4q8l0'.split(
      ' ',
    ),
  )
})

test('the chains that every node has carry the hashes that upstream prints', () => {
  expect(hashes(defaultDialect, 'cali-FORWARD')).toEqual(
    'W_vvds1Nw3n9QE2f ZfgmjuiLaA8Pg0kp tAzwBLPaV-j53OOZ 4Z0Pf0byo05NFe-P hQ7Oc16wmUtLuneJ rnKNH2WxGcRQcIlD'.split(' '),
  )
  expect(hashes(defaultDialect, 'cali-wl-to-host')).toEqual(['Ee9Sbo10IpVujdIY', 'nSZbcOoG1xPONxb8'])
  const empty = chains(defaultDialect, [], [])
  expect(empty.get('cali-from-wl-dispatch')?.map(({ hash }) => hash)).toEqual(['zTj6P0TIgYvgz-md'])
  expect(empty.get('cali-to-wl-dispatch')?.map(({ hash }) => hash)).toEqual(['7KNphB1nNHw80nIO'])
  const forward = planNode({ namespaces: [], pods: [], policies: [] }, 'n', defaultDialect)[0]?.tables[0]
    ?.kernelChains[1]
  expect(hashRules(forward?.inserted ?? [], 'FORWARD').map(({ hash }) => hash)).toEqual(['wUHhoiAYhphO9Mso'])
  expect(hashRules(forward?.appended ?? [], 'FORWARD*appends*').map(({ hash }) => hash)).toEqual([
    'S93hcgKJrXEqnTfs',
    'mp77cMpurHhyjLrM',
  ])
})

test('a policy without rules is a comment, and in the old dialect nothing', () => {
  expect(
    chains(defaultDialect)
      .get('cali-pi-_gFMMQkM8R5TQh-Mz37B')
      ?.map(({ spec }) => spec.replace(/"cali:[^"]*"/, 'H')),
  ).toEqual(['-m comment --comment H -m comment --comment "KubernetesNetworkPolicy default/web-deny-all ingress"'])
  expect(chains(dialects['v2.5']).get('cali-pi-default.web-deny-all')).toEqual([])
})

test('without a policy the profile of the namespace decides', () => {
  const rules = chains(defaultDialect, [])
    .get('cali-tw-cali96bc57f337a')
    ?.map(({ spec }) => spec)
  expect(rules?.some((spec) => spec.includes('tier'))).toBe(false)
  expect(chains(defaultDialect, []).get('cali-pri-kns.default')?.[0]?.spec).toContain('--set-mark 0x10000/0x10000')
})

test('the old dialect leaves the check of sources to the kernel, and its raw chain has the hashes of real nodes', () => {
  expect(hashes(dialects['v2.5'], 'cali-PREROUTING')).toEqual([
    'x4XbVMc5P_kNXnTy',
    'fQeZek80kVOPa0xO',
    'xp3NolkIpulCQL_G',
    'fbdE50A0BiINbNiA',
  ])
})

test("a pod's own label cannot put it into another namespace", () => {
  const liar = podOf({ 'pcns.user': 'bob', 'projectcalico.org/namespace': 'other' })
  const policy: V1NetworkPolicy = {
    metadata: { namespace: 'default', name: 'p' },
    spec: { podSelector: {}, ingress: [{ _from: [{ namespaceSelector: { matchLabels: { user: 'bob' } } }] }] },
  }
  const [plan] = planNode({ namespaces: [], pods: [liar], policies: [policy] }, 'host30', defaultDialect)
  expect(plan?.sets.map(({ members }) => [...members])).toEqual([[]])
})

function podOf(labels: Record<string, string>): V1Pod {
  return {
    metadata: { namespace: 'default', name: 'web-667bdcb4d8-cpvbb', labels },
    spec: { nodeName: 'host30', containers: [] },
    status: { podIPs: [{ ip: '10.139.54.158' }] },
  }
}
