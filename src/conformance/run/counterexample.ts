import { stringify } from 'yaml'
import { serverPod } from '../../probe/matrix/server-pod.ts'
import { NAMESPACES, PODS, type PolicyState } from '../conformance-case.ts'
import { shrink } from '../generate/shrink.ts'
import { namespaceLabels, PORTS, podLabels } from '../policy-model.ts'
import type { Counterexample, WrongCell } from './case-result.ts'
import type { ConformanceCluster } from './conformance-cluster.ts'
import { manifestOf } from './write-state.ts'

/** Finds the smallest state that still has a wrong cell, by trying smaller ones on the cluster. */
export async function findCounterexample(
  cluster: ConformanceCluster,
  failing: PolicyState,
  wrong: readonly WrongCell[],
  maxTries: number,
): Promise<Counterexample> {
  let lastWrong = wrong
  const { state, isMinimal, tries } = await shrink(
    failing,
    async (candidate) => {
      const result = await cluster.judge(candidate, { secondLooks: 1 })
      if (result.wrong.length > 0) lastWrong = result.wrong
      return result.wrong.length > 0
    },
    maxTries,
  )
  return { state, wrong: lastWrong, yaml: yamlOf(state, lastWrong), isMinimal, tries }
}

/** The policies, and those namespaces and pods that they or the wrong cells speak of, as a file for `packetproof matrix -f`. */
export function yamlOf(state: PolicyState, wrong: readonly WrongCell[]): string {
  const pods = PODS.filter(
    (pod) => wrong.some(({ from, to }) => from === pod || to === pod) || hasEntries(state.podLabels?.[pod]),
  )
  const namespaces = NAMESPACES.filter(
    (name) =>
      pods.some((pod) => pod.startsWith(`${name}/`)) ||
      state.policies.some(({ metadata }) => metadata?.namespace === name) ||
      hasEntries(state.namespaceLabels?.[name]),
  )
  const objects = [
    ...state.policies.map(manifestOf),
    ...namespaces.map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: namespaceLabels(name, state) },
    })),
    ...pods.map((pod) => {
      const [namespace = '', name = ''] = pod.split('/')
      return serverPod({ namespace, name, ports: PORTS, labels: podLabels(pod, state) })
    }),
  ]
  return objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n')
}

function hasEntries(labels: Readonly<Record<string, string>> | undefined): boolean {
  return Object.keys(labels ?? {}).length > 0
}
