import { describe, expect, it } from 'vitest'
import type { NodeObject, PodObject } from '../kubelet/objects.ts'
import { placePod } from './place-pod.ts'
import { aNode, aPod } from './testing/objects.ts'

const controlPlane = aNode('cp', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] })

function place(pod: PodObject, nodes: readonly NodeObject[], pods: readonly PodObject[] = []) {
  return placePod(pod, { nodes: new Map(nodes.map((node) => [node.metadata.name, node])), pods })
}

describe('placePod', () => {
  it('chooses the node with the fewest pods', () => {
    const nodes = [aNode('a'), aNode('b')]
    expect(place(aPod(), nodes, [aPod({ nodeName: 'a' })])).toEqual({ nodeName: 'b' })
  })

  it("spreads an owner's pods before it counts others", () => {
    const busy = [aPod({ nodeName: 'b' }), aPod({ nodeName: 'b' }), aPod({ nodeName: 'a' }, { owner: 'rs' })]
    expect(place(aPod({}, { owner: 'rs' }), [aNode('a'), aNode('b')], busy)).toEqual({ nodeName: 'b' })
  })

  it('says for each reason how many nodes do not do', () => {
    const { problem } = place(aPod({ nodeSelector: { zone: 'x' } }), [controlPlane, aNode('a'), aNode('b')])
    expect(problem).toBe(
      '0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, ' +
        "2 node(s) didn't match Pod's node affinity/selector. " +
        'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    )
  })

  it('says that there are no nodes', () => {
    expect(place(aPod(), []).problem).toBe('no nodes available to schedule pods')
  })

  it('leaves a cordoned node alone unless the pod tolerates that', () => {
    const cordoned = aNode('a', { unschedulable: true })
    expect(place(aPod(), [cordoned]).problem).toContain('1 node(s) were unschedulable')
    const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }]
    expect(place(aPod({ tolerations }), [cordoned])).toEqual({ nodeName: 'a' })
  })

  it('puts no two pods with one host port on one node', () => {
    const containers = [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080 }] }]
    expect(place(aPod({ containers }), [aNode('a')], [aPod({ nodeName: 'a', containers })]).problem).toContain(
      "didn't have free ports",
    )
  })

  it('keeps apart what must not share a node', () => {
    const term = { labelSelector: { matchLabels: { app: 'x' } }, topologyKey: 'host' }
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    const other = aPod({ nodeName: 'a' }, { labels: { app: 'x' } })
    expect(place(aPod({ affinity }), [aNode('a'), aNode('b')], [other, aPod({ nodeName: 'b' })])).toEqual({
      nodeName: 'b',
    })
    expect(place(aPod({ affinity }), [aNode('a')], [other]).problem).toContain('anti-affinity')
  })

  it('puts together what must share a node, and lets the first of a kind start anywhere', () => {
    const term = { labelSelector: { matchLabels: { app: 'x' } }, topologyKey: 'host' }
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    const other = aPod({ nodeName: 'b' }, { labels: { app: 'x' } })
    expect(place(aPod({ affinity }), [aNode('a'), aNode('b')], [other])).toEqual({ nodeName: 'b' })
    expect(place(aPod({ affinity }), [aNode('a')]).problem).toContain("didn't match pod affinity rules")
    expect(place(aPod({ affinity }, { labels: { app: 'x' } }), [aNode('a')])).toEqual({ nodeName: 'a' })
  })

  it('stops at the number of pods that a node takes', () => {
    const full = { ...aNode('a'), status: { allocatable: { pods: '1' } } }
    expect(place(aPod(), [full], [aPod({ nodeName: 'a' })]).problem).toContain('1 Too many pods')
  })
})
