import type { V1Node } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { loadProfile } from './load-profile.ts'
import { mapNodes } from './map-nodes.ts'

const controlPlane = { 'node-role.kubernetes.io/control-plane': '' }
const tainted = { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }

function node(name: string, more: Partial<V1Node> = {}): V1Node {
  return { metadata: { name, labels: {} }, ...more }
}

const control = (name: string, spec: V1Node['spec'] = tainted): V1Node =>
  node(name, { metadata: { name, labels: controlPlane }, spec })

/** control-plane, worker-1, worker-2 */
const profile = loadProfile('masquerade')

function mapped(...items: V1Node[]): { nodes: string[]; others: readonly string[] } {
  const { nodes, others } = mapNodes(profile, items)
  return { nodes: nodes.map(({ item, profileName }) => `${profileName}=${item.metadata?.name}`), others }
}

describe('mapNodes', () => {
  it('takes nodes by the names of the profile, whatever their order', () => {
    expect(mapped(node('worker-2'), control('control-plane'), node('worker-1')).nodes).toEqual([
      'control-plane=control-plane',
      'worker-1=worker-1',
      'worker-2=worker-2',
    ])
  })

  it('takes others in the order of their names, numbers as numbers, by role', () => {
    const { nodes, others } = mapped(
      node('kind-worker10'),
      node('kind-worker2'),
      control('kind-control-plane'),
      node('kind-worker'),
    )
    expect(nodes).toEqual(['control-plane=kind-control-plane', 'worker-1=kind-worker', 'worker-2=kind-worker2'])
    expect(others).toEqual(['kind-worker10'])
  })

  it('leaves out the control plane of a cluster that hides it', () => {
    expect(mapped(node('a'), node('b'))).toEqual({ nodes: ['worker-1=a', 'worker-2=b'], others: [] })
  })

  it('takes a control-plane node that takes pods for a worker when there are too few', () => {
    expect(mapped(control('server', {}), node('agent')).nodes).toEqual(['worker-1=agent', 'worker-2=server'])
  })

  it('says which nodes there are when they are too few', () => {
    const cordoned = node('b', { spec: { unschedulable: true } })
    expect(() => mapped(control('c'), node('a'), cordoned)).toThrow(
      expect.objectContaining({
        code: 'E_CLUSTER',
        message: expect.stringContaining('it needs 2 workers that take pods, and 1 of them is missing'),
        hint: expect.stringMatching(/pods: a; not usable .*: c, b$/),
      }),
    )
  })
})
