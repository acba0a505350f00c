import { describe, expect, it } from 'vitest'
import type { DeploymentObject, ReplicaSetObject } from '../kubelet/objects.ts'
import { planRollout, rolloutBounds } from './deployment-plan.ts'

function deployment(replicas: number, strategy: DeploymentObject['spec']['strategy'] = {}): DeploymentObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', uid: 'd', resourceVersion: '1', creationTimestamp: '' },
    spec: { replicas, selector: {}, template: {}, strategy },
  }
}

function replicaSet(name: string, replicas: number, available = replicas): ReplicaSetObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: { replicas, selector: {} },
    status: { replicas, availableReplicas: available },
  }
}

const plan = (object: DeploymentObject, current: ReplicaSetObject, ...old: ReplicaSetObject[]) =>
  Object.fromEntries(planRollout(object, current, old))

describe('rolloutBounds', () => {
  it('rounds the surge up and what may be missing down', () => {
    expect(rolloutBounds(deployment(3))).toEqual({ replicas: 3, maxSurge: 1, maxUnavailable: 0 })
  })
  it('lets one be missing when both bounds are zero', () => {
    expect(rolloutBounds(deployment(3, { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } })).maxUnavailable).toBe(1)
  })
})

describe('planRollout', () => {
  it('scales the only ReplicaSet to what is asked for', () => {
    expect(plan(deployment(3), replicaSet('new', 0))).toEqual({ new: 3 })
    expect(plan(deployment(1), replicaSet('new', 3))).toEqual({ new: 1 })
    expect(plan(deployment(2), replicaSet('new', 2))).toEqual({})
  })

  it('adds within the surge before it takes away', () => {
    expect(plan(deployment(3), replicaSet('new', 0), replicaSet('old', 3))).toEqual({ new: 1 })
    expect(plan(deployment(3), replicaSet('new', 1, 0), replicaSet('old', 3))).toEqual({})
    expect(plan(deployment(3), replicaSet('new', 1, 1), replicaSet('old', 3))).toEqual({ old: 2 })
  })

  it('takes away what is not available first', () => {
    const strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }
    expect(plan(deployment(2, strategy), replicaSet('new', 0), replicaSet('bad', 1, 0), replicaSet('good', 1))).toEqual(
      {
        bad: 0,
      },
    )
  })

  it('finishes by emptying the old ReplicaSet', () => {
    expect(plan(deployment(3), replicaSet('new', 3), replicaSet('old', 1))).toEqual({ old: 0 })
  })

  it('recreates only when all old pods are gone', () => {
    const recreate = deployment(2, { type: 'Recreate' })
    expect(plan(recreate, replicaSet('new', 0), replicaSet('old', 2))).toEqual({ old: 0 })
    const draining = { ...replicaSet('old', 0), status: { replicas: 1 } }
    expect(plan(recreate, replicaSet('new', 0), draining)).toEqual({})
    expect(plan(recreate, replicaSet('new', 0), replicaSet('old', 0))).toEqual({ new: 2 })
  })
})
