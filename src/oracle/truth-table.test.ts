import { describe, expect, it } from 'vitest'
import { evaluateService } from './service.ts'
import { labelled, objectsWith, pod, policy } from './testing/objects.ts'
import { truthTable } from './truth-table.ts'

describe('truthTable', () => {
  it('has a cell for every source, pod and port', () => {
    const ports = [
      { protocol: 'tcp', port: 80 },
      { protocol: 'udp', port: 81 },
    ] as const
    const onlyB = policy({
      podSelector: labelled({ pod: 'a' }),
      ingress: [{ from: [{ podSelector: labelled({ pod: 'b' }) }] }],
    })
    const { sources, targets, cells } = truthTable(objectsWith([onlyB]), ports)
    expect(sources).toEqual([
      'x/a',
      'x/b',
      'x/c',
      'y/a',
      'y/b',
      'y/c',
      'z/a',
      'z/b',
      'z/c',
      'node-1',
      'node-2',
      'outside',
    ])
    expect(targets).toHaveLength(9)
    expect(cells).toHaveLength(12 * 9 * 2)
    const toA = cells.filter(({ to, port }) => to === 'x/a' && port.protocol === 'udp')
    expect(toA.map(({ from, expectation }) => `${from} ${expectation.permission}`)).toEqual([
      'x/a unspecified',
      'x/b allowed',
      'x/c blocked',
      'y/a blocked',
      'y/b blocked',
      'y/c blocked',
      'z/a blocked',
      'z/b blocked',
      'z/c blocked',
      'node-1 allowed',
      'node-2 blocked',
      'outside blocked',
    ])
    expect(
      cells.filter(({ to, from, expectation }) => to !== 'x/a' && to !== from && expectation.permission !== 'allowed'),
    ).toEqual([])
  })
})

describe('evaluateService', () => {
  const service = (name: string, selector: Record<string, string>, targetPort: number | string) => ({
    metadata: { namespace: 'x', name },
    spec: { clusterIP: '10.96.0.9', selector, ports: [{ port: 8080, targetPort }] },
  })
  const services = [
    service('a', { pod: 'a' }, 80),
    service('by-name', { pod: 'a' }, 'web'),
    service('all', { app: 'web' }, 80),
    service('none', { pod: 'q' }, 80),
  ]
  const ask = (name: string, from = 'y/a', port = 8080, spec = {}) => {
    const [namespace = '', pod = ''] = from.split('/')
    const objects = objectsWith([policy({ podSelector: labelled({ pod: 'a' }), ...spec })], { services })
    const end =
      from === 'outside' ? ({ kind: 'machine', name: from } as const) : ({ kind: 'pod', namespace, name: pod } as const)
    return evaluateService(objects, { from: end, service: { namespace: 'x', name }, port: { protocol: 'tcp', port } })
  }

  it('judges the pod and the port behind the Service', () => {
    expect(ask('a').permission).toBe('blocked')
    expect(ask('a', 'y/a', 8080, { ingress: [{ ports: [{ port: 80 }] }] }).permission).toBe('allowed')
    expect(ask('a', 'y/a', 8080, { ingress: [{ ports: [{ port: 8080 }] }] }).permission).toBe('blocked')
    expect(ask('by-name', 'y/a', 8080, { ingress: [{ ports: [{ port: 80 }] }] }).permission).toBe('allowed')
  })

  it('says nothing where it depends on the endpoint, or there is none', () => {
    expect(ask('all')).toMatchObject({
      permission: 'unspecified',
      reason: 'it depends on which endpoint of x/all is chosen',
    })
    expect(ask('none')).toMatchObject({ permission: 'unspecified', reason: 'x/none has no endpoint for tcp/8080' })
    expect(ask('a', 'y/a', 80).permission).toBe('unspecified')
    expect(ask('a', 'outside').permission).toBe('unspecified')
    expect(ask('a', 'x/a').permission).toBe('unspecified')
    expect(() => ask('nobody')).toThrow('there is no Service x/nobody')
  })

  it('counts pods that are not ready out', () => {
    const waiting = pod('x', 'b', '10.0.0.2', { status: { conditions: [{ type: 'Ready', status: 'False' }] } })
    const pods = [pod('x', 'a', '10.0.0.1'), waiting, pod('y', 'a', '10.0.1.1')]
    const objects = objectsWith([policy({})], { services, pods })
    const probe = { from: { kind: 'pod', namespace: 'y', name: 'a' }, port: { protocol: 'tcp', port: 8080 } } as const
    expect(evaluateService(objects, { ...probe, service: { namespace: 'x', name: 'all' } }).permission).toBe('blocked')
  })
})
