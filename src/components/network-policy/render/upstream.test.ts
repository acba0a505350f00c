import { createHash } from 'node:crypto'
import type { V1NetworkPolicy, V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { convertPolicy } from '../convert/convert-policy.ts'
import { defaultDialect } from '../dialect.ts'
import { chainName } from '../names/hashes.ts'
import { planNode } from '../plan/plan-node.ts'
import { dispatchChains } from './dispatch-chains.ts'
import { endpointChain } from './endpoint-chain.ts'
import { hashRules } from './felix-rule.ts'
import { groupChain, groupPolicies } from './policy-groups.ts'
import { profileChain } from './profile-chains.ts'
import { staticTables } from './static-chains.ts'

/** As `kubectl` reads it, which the client's models are not. */
function policyOf(name: string, spec: object): V1NetworkPolicy {
  return { metadata: { namespace: 'x', name }, spec }
}

function pod(name: string, ip: string, ports: { name: string; containerPort: number; protocol?: string }[]): V1Pod {
  return {
    metadata: { namespace: 'x', name, labels: { pod: name } },
    spec: { nodeName: 'n', containers: [{ name: 'c', ports }] },
    status: { podIPs: [{ ip }] },
  }
}

test('the chain of what a pod sends has the hashes of a node that ran Calico before v3.28', () => {
  const dialect = { ...defaultDialect, clearAtStart: 0x10000 }
  const profiles = ['kns.kube-system', 'ksa.kube-system.metrics-server']
  const { rules, name } = endpointChain('cali112d888c0c2', 'egress', [], profiles, dialect)
  expect(chainName('cali-pro-', 'ksa.kube-system.metrics-server')).toBe('cali-pro-_CVSZITRyIpEmH8AB6H')
  expect(hashRules(rules, name).map(({ hash }) => hash)).toEqual(
    'gxYrST51OJyfBgWw 6xENQhO2T0QW5LgN O7MDTYmYN54jUWVF pJp4jdAzPgU1geph rM5VAS66uaB9uI7_ s_9J1YgpafK_gEIJ djdRyha1SrYGGpRJ Agp1xuefUF89n6q7 ctlnSZ9l6AD7YocC ThfJzx8K_BY2PCkD'.split(
      ' ',
    ),
  )
})

test('the chains of the node itself have the hashes of a node that ran Calico before v3.28', () => {
  const marks = { accept: 0x10000, pass: 0x20000, allBlocks: 0x40000, thisBlock: 0x80000 }
  const [filter, raw, nat] = staticTables({ ...defaultDialect, marks })
  const hashes = (chain: string): string | undefined => {
    const rules = filter?.chains.find(({ name }) => name === chain)?.rules ?? []
    return hashRules(rules, chain)
      .map(({ hash }) => hash)
      .join(' ')
  }
  expect(hashes('cali-FORWARD')).toBe(
    'vjrMJCRpqwy5oRoX A_sPAO0mcxbT9mOV 8ZoYfO5HKXWbB3pk jdEuaPBe14V2hutn 12bc6HljsMKsmfr- NOSxoaGx8OIstr1z',
  )
  expect(hashes('cali-INPUT')).toBe(
    'FewJpBykm9iJ-YNH hder3ARWznqqv8Va xgOu2uJft6H9oDGF _-d-qojMfHM6NwBo LqmE76MP94lZTGhA',
  )
  expect(hashes('cali-OUTPUT')).toBe(
    'Mq1_rAdXXH3YkrzW 69FkRTJDvD5Vu6Vl Fskumj4SGQtDV6GC 1F4VWEsQu0QbRwKf m8Eqm15x1MjD24LD',
  )
  const first = (table: typeof filter): (string | undefined)[] =>
    (table?.kernelChains ?? []).map(({ name, inserted }) => hashRules(inserted, name)[0]?.hash)
  expect(first(filter)).toEqual(['Cz_u1IQiXIMmKD4c', 'wUHhoiAYhphO9Mso', 'tVnHkvAo15HuiPy0'])
  expect(first(raw)).toEqual(['6gwbT8clXdHdC1b1'])
  expect(first(nat)).toHaveLength(1)
})

test('the chains that lead to interfaces have the hashes of that node', () => {
  const devices = '112d888c0c2 26cecacb712 55f439ddb0e 9d7310e16e7 c5a1f1aa0ed f6abb148530'.split(' ')
  const [chain, ...others] = dispatchChains(
    devices.map((device) => `cali${device}`),
    'ingress',
  )
  expect(others).toEqual([])
  expect(hashRules(chain?.rules ?? [], chain?.name ?? '').map(({ hash }) => hash)).toEqual(
    '2HgECeqPiWlvDcYF qItgN3WleQpIBiyv _Ru9douyhVpAz36r D9Su0ifqHghdWNA- yXvE2mPsXdk4a0va bHXL9zWxzC6IixEY XGNeZ7jL7MJ6PeId'.split(
      ' ',
    ),
  )
})

test('the chains of profiles have the hashes of that node', () => {
  const hashes = (id: string, allows: boolean): string[] => {
    const { name, rules } = profileChain({ id, allows }, 'ingress', defaultDialect)
    return hashRules(rules, name).map(({ hash }) => hash)
  }
  expect(hashes('kns.kube-system', true)[0]).toBe('J1TyxtHWd0qaBGK-')
  expect(hashes('ksa.kube-system.metrics-server', false)).toEqual(['Jm7TmoNoWplOEka1'])
})

const specsOf = (rules: Parameters<typeof hashRules>[0]): string[] =>
  hashRules(rules, 'chain').map(({ spec }) => spec.replace(/-m comment --comment "cali:[^"]*" ?/, ''))

test('six policies about the same pods share a chain that looks at the marks once', () => {
  const policies = 'a b c d e f'
    .split(' ')
    .map((name) =>
      convertPolicy(policyOf(name, { podSelector: { matchLabels: { app: 'web' } }, ingress: [{}] }), defaultDialect),
    )
  const [group, ...others] = groupPolicies(policies, 'ingress', defaultDialect)
  expect(others).toEqual([])
  const content = [
    "(projectcalico.org/orchestrator == 'k8s' && app == 'web') && projectcalico.org/namespace == 'x'",
    'inbound',
    '6',
    ...'a b c d e f'.split(' ').map((name) => `{Name: ${name}, Namespace: x, Kind: KubernetesNetworkPolicy}`),
  ]
  const id = createHash('sha3-224')
    .update(content.map((line) => `${line}\n`).join(''))
    .digest('base64url')
  expect(group?.chain).toBe(`cali-gi-${id.slice(0, 20)}`)
  const jump = (name: string): string => `--jump ${chainName('cali-pi-', `knp/x/${name}`)}`
  expect(group && specsOf(groupChain(group, 'ingress', defaultDialect).rules)).toEqual([
    jump('a'),
    ...'b c d e'.split(' ').map((name) => `-m mark --mark 0/0x30000 ${jump(name)}`),
    '-m comment --comment "Return on verdict" -m mark ! --mark 0/0x30000 --jump RETURN',
    jump('f'),
  ])
})

test('policies that go by other pods in between do not share a chain', () => {
  const about = (name: string, app: string) =>
    convertPolicy(policyOf(name, { podSelector: { matchLabels: { app } } }), defaultDialect)
  const groups = groupPolicies([about('a', 'web'), about('b', 'db'), about('c', 'web')], 'ingress', defaultDialect)
  expect(groups.map(({ policies }) => policies.map(({ name }) => name))).toEqual([['a'], ['b'], ['c']])
})

function planEgress(ports: readonly object[]) {
  const pods = [
    pod('a', '10.0.0.1', [{ name: 'web', containerPort: 80 }]),
    pod('b', '10.0.0.2', [{ name: 'web', containerPort: 8080 }]),
    pod('c', '10.0.0.3', [{ name: 'web', containerPort: 53, protocol: 'UDP' }]),
  ]
  const egress = [
    { to: [{ podSelector: { matchExpressions: [{ key: 'pod', operator: 'In', values: ['b', 'c'] }] } }], ports },
  ]
  const policies = [policyOf('p', { podSelector: {}, policyTypes: ['Egress'], egress })]
  const [plan] = planNode({ namespaces: [], pods, policies }, 'n', defaultDialect)
  const chain = plan?.tables[0]?.chains.find(({ name }) => name === chainName('cali-po-', 'knp/x/p'))
  return { sets: plan?.sets ?? [], specs: specsOf(chain?.rules ?? []) }
}

test('what goes out to a named port goes to a set of the peers that have it', () => {
  const { sets, specs } = planEgress([{ port: 'web' }])
  expect(sets.map(({ members }) => [...members])).toEqual([['10.0.0.2,tcp:8080']])
  expect(specs).toEqual([
    `-m comment --comment "KubernetesNetworkPolicy x/p egress" -p tcp -m set --match-set ${sets[0]?.name} dst,dst --jump MARK --set-mark 0x10000/0x10000`,
  ])
})

test('named and numeric ports are alternatives, and the peers are a set of their own', () => {
  const { sets, specs } = planEgress([{ port: 'web' }, { port: 443 }])
  const ports = sets.find(({ type }) => type === 'hash:ip,port')
  const peers = sets.find(({ type }) => type === 'hash:net')
  expect([...(peers?.members ?? [])]).toEqual(['10.0.0.2', '10.0.0.3'])
  expect(specs).toEqual([
    '-m comment --comment "KubernetesNetworkPolicy x/p egress" --jump MARK --set-mark 0x0/0x180000',
    '-p tcp -m multiport --destination-ports 443 --jump MARK --set-mark 0x80000/0x80000',
    `-m set --match-set ${ports?.name} dst,dst --jump MARK --set-mark 0x80000/0x80000`,
    `-p tcp -m set --match-set ${peers?.name} dst -m mark --mark 0x80000/0x80000 --jump MARK --set-mark 0x10000/0x10000`,
  ])
})

test('policy types that are listed as none are those that the rules imply', () => {
  const policy = policyOf('p', { podSelector: {}, policyTypes: [], egress: [{}] })
  expect(convertPolicy(policy, defaultDialect)).toMatchObject({ ingress: [], egress: [{}] })
})

test('interfaces with the same first letter after the common beginning share a dispatch chain', () => {
  const chains = dispatchChains(['cali1a', 'cali2b', 'cali1c'], 'ingress')
  expect(chains.map(({ name, rules }) => [name, specsOf(rules)])).toEqual([
    [
      'cali-to-wl-dispatch',
      [
        '--out-interface cali1+ --goto cali-to-wl-dispatch-1',
        '--out-interface cali2b --goto cali-tw-cali2b',
        '-m comment --comment "Unknown interface" --jump DROP',
      ],
    ],
    [
      'cali-to-wl-dispatch-1',
      [
        '--out-interface cali1a --goto cali-tw-cali1a',
        '--out-interface cali1c --goto cali-tw-cali1c',
        '-m comment --comment "Unknown interface" --jump DROP',
      ],
    ],
  ])
})
