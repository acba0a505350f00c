import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import type { ProxyOptions } from './options.ts'
import { planChanges, planRemoval, printTables } from './plan.ts'
import { renderTables } from './render-tables.ts'

const options: ProxyOptions = { nodeName: 'n', masqueradeAll: false, localhostNodePorts: false, randomFully: true }
const nothing = parseRuleset('', { source: 'nothing', allowEmpty: true })

function tablesOf(...endpoints: readonly string[]) {
  const service: V1Service = {
    metadata: { namespace: 'default', name: 'web' },
    spec: { clusterIP: '10.96.0.10', ports: [{ port: 80, protocol: 'TCP' }] },
  }
  const slice: V1EndpointSlice = {
    metadata: { namespace: 'default', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: endpoints.map((address) => ({ addresses: [address] })),
  }
  return renderTables({ services: [service], slices: [slice] }, 4, options)
}

/** What iptables-save shows once the payload has been applied to nothing: the built-in chains with the jumps, and ours. */
function applied(tables: ReturnType<typeof tablesOf>, more: readonly string[] = []): string {
  const jumps = (table: 'filter' | 'nat'): readonly string[] =>
    planChanges(tables, nothing)
      .split(/^(?=\*)/m)
      .filter((part) => part.startsWith(`*${table}\n`))
      .flatMap((part) => part.split('\n').filter((line) => line.startsWith('-I ')))
      .toReversed()
      .map((line) => line.replace(/^-I/, '-A'))
  return printTables(tables)
    .replace('*filter\n', '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n')
    .replace('*nat\n', '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n')
    .replace('COMMIT\n*nat', [...jumps('filter'), 'COMMIT', '*nat'].join('\n'))
    .replace(/COMMIT\n$/, [...jumps('nat'), ...more, 'COMMIT', ''].join('\n'))
}

function currently(tables: ReturnType<typeof tablesOf>, more?: readonly string[]) {
  return parseRuleset(applied(tables, more), { format: 'restore', source: 'now' })
}

describe('a plan', () => {
  it('is empty when the rules are right', () => {
    expect(planChanges(tablesOf('10.0.0.1'), currently(tablesOf('10.0.0.1')))).toBe('')
  })

  it('makes everything on a node that has nothing, the last jump first', () => {
    const payload = planChanges(tablesOf('10.0.0.1'), nothing)
    const forward = payload.split('\n').filter((line) => line.startsWith('-I FORWARD'))
    expect(forward.map((line) => /-j (\S+)$/.exec(line)?.[1])).toEqual([
      'KUBE-EXTERNAL-SERVICES',
      'KUBE-SERVICES',
      'KUBE-FORWARD',
      'KUBE-PROXY-FIREWALL',
    ])
  })

  it('writes the chains of a changed service, and no other', () => {
    const payload = planChanges(tablesOf('10.0.0.1', '10.0.0.2'), currently(tablesOf('10.0.0.1')))
    expect(payload.match(/^:.*$/gm)).toEqual([
      expect.stringMatching(/^:KUBE-SVC-/),
      expect.stringMatching(/^:KUBE-SEP-/),
    ])
    expect(payload).not.toContain('*filter')
    expect(payload).not.toContain('-I ')
  })

  it('deletes the chains that nobody needs, once nothing leads to them', () => {
    const payload = planChanges(tablesOf(), currently(tablesOf('10.0.0.1')))
    const gone = payload.match(/^-X .*$/gm) ?? []
    expect(gone).toHaveLength(2)
    for (const line of gone) expect(payload).toContain(`:${line.slice(3)} - [0:0]`)
    expect(payload.indexOf('-X ')).toBeGreaterThan(payload.lastIndexOf('-A KUBE-'))
  })

  it('puts a rule right that was changed, moved or added', () => {
    const good = applied(tablesOf('10.0.0.1', '10.0.0.2'))
    const broken = [
      good.replace('10.0.0.2:8080\n', '10.0.0.9:8080\n'),
      good.replace(/(-A KUBE-POSTROUTING -m mark.*\n)(-A KUBE-POSTROUTING -j MARK.*\n)/, '$2$1'),
      good.replace('-A KUBE-MARK-MASQ', '-A KUBE-MARK-MASQ -j ACCEPT\n-A KUBE-MARK-MASQ'),
      good.replace(/^-A KUBE-SERVICES .*cluster IP.*\n/m, ''),
    ]
    for (const text of broken) {
      expect(text).not.toBe(good)
      const current = parseRuleset(text, { format: 'restore', source: 'broken' })
      expect(planChanges(tablesOf('10.0.0.1', '10.0.0.2'), current).match(/^:.*$/gm)).toHaveLength(1)
    }
  })

  it('leaves alone what is not its own', () => {
    const others = [':OTHER - [0:0]', ':KUBE-OTHER - [0:0]', '-A OTHER -j ACCEPT', '-A PREROUTING -j OTHER']
    const text = applied(tablesOf('10.0.0.1')).replace('*nat\n', `*nat\n${others.slice(0, 2).join('\n')}\n`)
    const current = parseRuleset(text.replace(/COMMIT\n$/, `${others.slice(2).join('\n')}\nCOMMIT\n`), {
      format: 'restore',
      source: 'with others',
    })
    expect(planChanges(tablesOf('10.0.0.1'), current)).toBe('')
    expect(planRemoval(current)).not.toContain('OTHER')
  })
})

it('removal takes the jumps away, then the chains, and nothing when there is nothing', () => {
  const payload = planRemoval(currently(tablesOf('10.0.0.1')))
  expect(payload).toContain('-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES')
  expect(payload.match(/^-X /gm)?.length).toBe(payload.match(/^:/gm)?.length)
  expect(planRemoval(nothing)).toBe('')
})
