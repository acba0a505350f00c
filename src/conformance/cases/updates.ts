import type { ConformanceCase } from '../conformance-case.ts'
import { allow, block, policy, step, upstreamSteps } from './case-parts.ts'

const allowNs2 = policy('allow-client-a-via-ns-selector', {
  for: 'a',
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns2: 'updated' } } }] }],
})
const allowPod2 = policy('allow-client-a-via-pod-selector', {
  for: 'a',
  ingress: [{ from: [{ podSelector: { matchLabels: { pod: 'b', pod2: 'updated' } } }] }],
})
const isolateTarget = policy('deny-ingress-via-label-selector', {
  for: { matchLabels: { target: 'isolated' } },
  ingress: [],
})
const nobody = [block('*', 'x/a')]

/** What changes takes effect: policies, and the labels of namespaces and pods. */
export const updateCases: readonly ConformanceCase[] = [
  upstreamSteps(
    'should enforce updated policy',
    step('everybody', { policies: [policy('allow-all-mutate-to-deny-all', { ingress: [{}] })] }, { 'tcp/81': [] }),
    step(
      'nobody',
      { policies: [policy('allow-all-mutate-to-deny-all', { ingress: [] })] },
      { 'tcp/81': [block('*', 'x')] },
    ),
  ),
  upstreamSteps(
    'should allow ingress access from updated namespace',
    step('before the label', { policies: [allowNs2] }, { 'tcp/80': nobody }),
    step(
      'with the label',
      { policies: [allowNs2], namespaceLabels: { y: { ns2: 'updated' } } },
      { 'tcp/80': [...nobody, allow('y', 'x/a')] },
    ),
  ),
  upstreamSteps(
    'should allow ingress access from updated pod',
    step('before the label', { policies: [allowPod2] }, { 'tcp/80': nobody }),
    step(
      'with the label',
      { policies: [allowPod2], podLabels: { 'x/b': { pod2: 'updated' } } },
      { 'tcp/80': [...nobody, allow('x/b', 'x/a')] },
    ),
  ),
  upstreamSteps(
    'should deny ingress access to updated pod',
    step('before the label', { policies: [isolateTarget] }, { 'tcp/80': [] }),
    step(
      'with the label',
      { policies: [isolateTarget], podLabels: { 'x/a': { target: 'isolated' } } },
      { 'tcp/80': nobody },
    ),
  ),
  upstreamSteps(
    'should stop enforcing policies after they are deleted',
    step(
      'with the policy',
      { policies: [policy('deny-all', { ingress: [], egress: [] })] },
      { 'tcp/80': [block('x', '*'), block('*', 'x')] },
    ),
    step('after its deletion', { policies: [] }, { 'tcp/80': [] }),
  ),
]
