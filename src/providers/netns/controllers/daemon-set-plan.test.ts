import { describe, expect, it } from 'vitest'
import type { DaemonSetObject, NodeObject, PodObject, PodSpec } from '../kubelet/objects.ts'
import { decideNode, groupByNode, planDaemonSet, revisionLabel, targetNode } from './daemon-set-plan.ts'
import { aNode, aPod } from './testing/objects.ts'

type Spec = DaemonSetObject['spec']

function daemonSet(template: Partial<PodSpec> = {}, more: Partial<Spec> = {}): DaemonSetObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'ds', namespace: 'default', uid: 'ds', resourceVersion: '1', creationTimestamp: '' },
    spec: { selector: {}, template: { spec: { containers: [], ...template } }, ...more },
  }
}

const nodes = [aNode('a'), aNode('b'), aNode('c')]
const podOn = (nodeName: string, revision = 'new', more: Parameters<typeof aPod>[1] = {}): PodObject =>
  aPod({ nodeName }, { labels: { [revisionLabel]: revision }, ...more })

function plan(object: DaemonSetObject, pods: readonly PodObject[], on: readonly NodeObject[] = nodes) {
  const { create, remove } = planDaemonSet(object, on, groupByNode(pods), 'new')
  return { create, remove: remove.map(({ spec }) => spec.nodeName) }
}

describe('decideNode', () => {
  const controlPlane = aNode('cp', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] })

  it('leaves a tainted node out until the pods tolerate it', () => {
    expect(decideNode({ containers: [] }, controlPlane)).toEqual({ shouldRun: false, shouldContinue: true })
    const tolerations = [{ effect: 'NoSchedule', operator: 'Exists' }]
    expect(decideNode({ containers: [], tolerations }, controlPlane).shouldRun).toBe(true)
  })

  it('makes the pods go from a node with a NoExecute taint', () => {
    const bad = aNode('x', { taints: [{ key: 'k', effect: 'NoExecute' }] })
    expect(decideNode({ containers: [] }, bad)).toEqual({ shouldRun: false, shouldContinue: false })
  })

  it('runs on a node that is cordoned or under pressure', () => {
    const taints = [{ key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' }]
    expect(decideNode({ containers: [] }, aNode('x', { unschedulable: true, taints })).shouldRun).toBe(true)
  })

  it('follows the node selector', () => {
    const nodeSelector = { ready: 'true' }
    expect(decideNode({ containers: [], nodeSelector }, aNode('x')).shouldContinue).toBe(false)
    expect(decideNode({ containers: [], nodeSelector }, aNode('x', { labels: { ready: 'true' } })).shouldRun).toBe(true)
  })
})

describe('planDaemonSet', () => {
  it('creates a pod on every node that has none', () => {
    expect(plan(daemonSet(), [podOn('a')])).toEqual({ create: ['b', 'c'], remove: [] })
  })

  it('counts a pod that is not bound yet for the node it is meant for', () => {
    const terms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }]
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } }
    const unbound = aPod({ affinity }, { labels: { [revisionLabel]: 'new' } })
    expect(targetNode(unbound)).toBe('b')
    expect(plan(daemonSet(), [unbound]).create).toEqual(['a', 'c'])
  })

  it('waits for a pod that is on its way out before it makes another', () => {
    expect(plan(daemonSet(), [podOn('a', 'new', { deleting: true })], [aNode('a')])).toEqual({ create: [], remove: [] })
  })

  it('removes pods from nodes that are not selected any more, or are gone', () => {
    const object = daemonSet({ nodeSelector: { ready: 'true' } })
    expect(plan(object, [podOn('a'), podOn('gone')]).remove).toEqual(['gone', 'a'])
  })

  it('removes what failed, to be made anew', () => {
    expect(plan(daemonSet(), [podOn('a', 'new', { phase: 'Failed' })], [aNode('a')])).toEqual({
      create: [],
      remove: ['a'],
    })
  })

  it('removes all but one of several pods on a node', () => {
    expect(plan(daemonSet(), [podOn('a'), podOn('a')], [aNode('a')]).remove).toEqual(['a'])
  })

  it('replaces one available pod at a time', () => {
    expect(
      plan(
        daemonSet(),
        nodes.map(({ metadata }) => podOn(metadata.name, 'old')),
      ).remove,
    ).toEqual(['a'])
    const half = [podOn('a', 'new', { ready: false }), podOn('b', 'old'), podOn('c', 'old')]
    expect(plan(daemonSet(), half).remove).toEqual([])
  })

  it('replaces as many as maxUnavailable says, in percent rounded up', () => {
    const object = daemonSet({}, { updateStrategy: { rollingUpdate: { maxUnavailable: '50%' } } })
    expect(
      plan(
        object,
        nodes.map(({ metadata }) => podOn(metadata.name, 'old')),
      ).remove,
    ).toEqual(['a', 'b'])
  })

  it('replaces what does not work without waiting', () => {
    const pods = [podOn('a', 'old', { ready: false }), podOn('b', 'old', { ready: false }), podOn('c', 'old')]
    expect(plan(daemonSet(), pods).remove).toEqual(['a', 'b'])
  })

  it('replaces nothing by itself under OnDelete', () => {
    const object = daemonSet({}, { updateStrategy: { type: 'OnDelete' } })
    expect(
      plan(
        object,
        nodes.map(({ metadata }) => podOn(metadata.name, 'old')),
      ),
    ).toEqual({ create: [], remove: [] })
  })

  it('starts the new pod first where it may surge', () => {
    const object = daemonSet({}, { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } })
    const old = nodes.map(({ metadata }) => podOn(metadata.name, 'old'))
    expect(plan(object, old)).toEqual({ create: ['a'], remove: [] })
    expect(plan(object, [...old, podOn('a', 'new', { ready: false })])).toEqual({ create: [], remove: [] })
    expect(plan(object, [...old, podOn('a')])).toEqual({ create: ['b'], remove: ['a'] })
  })
})
