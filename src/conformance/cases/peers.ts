import type { ConformanceCase } from '../conformance-case.ts'
import { allow, block, byName, inNamespace, podLabel, pods, policy, upstream } from './case-parts.ts'

const forA = 'a'
const onlyB = [block('*', 'x/a'), allow('x/b', 'x/a')]

/** Who may reach a pod: by the labels of pods and namespaces. */
export const peerCases: readonly ConformanceCase[] = [
  upstream("should support a 'default-deny-ingress' policy", [policy('deny-ingress', { ingress: [] })], {
    'tcp/80': [block('*', 'x')],
  }),
  upstream("should support a 'default-deny-all' policy", [policy('deny-all', { ingress: [], egress: [] })], {
    'tcp/80': [block('*', 'x'), block('x', '*')],
  }),
  upstream(
    'should enforce policy to allow traffic from pods within server namespace based on PodSelector',
    [policy('x-a-allows-x-b', { for: forA, ingress: [{ from: [pods('b')] }] })],
    { 'tcp/80': onlyB },
  ),
  upstream(
    'should enforce policy to allow ingress traffic for a target',
    [
      policy('deny-all', { ingress: [] }),
      policy('allow-all-to-a', { for: forA, ingress: [{ from: [{ podSelector: {}, namespaceSelector: {} }] }] }),
    ],
    { 'tcp/80': [block('*', 'x'), allow('*', 'x/a')] },
  ),
  upstream(
    'should enforce policy to allow ingress traffic from pods in all namespaces',
    [policy('allow-from-another-ns', { for: forA, ingress: [{ from: [{ namespaceSelector: { matchLabels: {} } }] }] })],
    { 'tcp/80': [] },
  ),
  upstream(
    'should enforce policy to allow traffic only from a different namespace, based on NamespaceSelector',
    [policy('allow-client-a-via-ns-selector', { for: forA, ingress: [{ from: [inNamespace('y')] }] })],
    { 'tcp/80': [block('x', 'x/a'), block('z', 'x/a')] },
  ),
  upstream(
    'should enforce policy based on PodSelector with MatchExpressions',
    [
      policy('x-a-allows-x-b', {
        for: forA,
        ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: 'pod', operator: 'In', values: ['b'] }] } }] }],
      }),
    ],
    { 'tcp/80': onlyB },
  ),
  upstream(
    'should enforce policy based on NamespaceSelector with MatchExpressions',
    [
      policy('allow-ns-y-match-selector', {
        for: forA,
        ingress: [{ from: [{ namespaceSelector: byName('In', 'y') }] }],
      }),
    ],
    { 'tcp/80': [block('x', 'x/a'), block('z', 'x/a')] },
  ),
  upstream(
    'should enforce policy based on PodSelector or NamespaceSelector',
    [
      policy('allow-ns-y-match-selector', {
        for: forA,
        ingress: [{ from: [{ namespaceSelector: byName('NotIn', 'x') }, pods('b')] }],
      }),
    ],
    { 'tcp/80': [block('x/c', 'x/a')] },
  ),
  upstream(
    'should enforce policy based on PodSelector and NamespaceSelector',
    [
      policy('allow-ns-y-podselector-and-nsselector', {
        for: forA,
        ingress: [{ from: [{ namespaceSelector: byName('NotIn', 'x'), podSelector: podLabel('b') }] }],
      }),
    ],
    { 'tcp/80': [block('*', 'x/a'), allow('y/b', 'x/a'), allow('z/b', 'x/a')] },
  ),
  upstream(
    'should enforce policy based on Multiple PodSelectors and NamespaceSelectors',
    [
      policy('allow-ns-y-z-pod-b-c', {
        for: forA,
        ingress: [
          {
            from: [
              {
                namespaceSelector: byName('NotIn', 'x'),
                podSelector: { matchExpressions: [{ key: 'pod', operator: 'In', values: ['b', 'c'] }] },
              },
            ],
          },
        ],
      }),
    ],
    { 'tcp/80': [block('x', 'x/a'), block('y/a', 'x/a'), block('z/a', 'x/a')] },
  ),
  upstream(
    'should enforce policy based on any PodSelectors',
    [policy('allow-ns-x-pod-b-c', { for: forA, ingress: [{ from: [pods('b'), pods('c')] }] })],
    { 'tcp/80': [block('*', 'x/a'), allow('x/b', 'x/a'), allow('x/c', 'x/a')] },
  ),
  upstream(
    'should enforce policy to allow traffic only from a pod in a different namespace based on PodSelector and NamespaceSelector',
    [
      policy('allow-ns-y-pod-a-via-namespace-pod-selector', {
        for: forA,
        ingress: [{ from: [inNamespace('y', podLabel('a'))] }],
      }),
    ],
    { 'tcp/80': [block('*', 'x/a'), allow('y/a', 'x/a')] },
  ),
  upstream(
    'should deny ingress from pods on other namespaces',
    [policy('deny-empty-policy', { ingress: [{ from: [{ podSelector: { matchLabels: {} } }] }] })],
    { 'tcp/80': [block('y', 'x'), block('z', 'x')] },
  ),
  upstream(
    'should enforce policy to allow traffic based on NamespaceSelector with MatchLabels using default ns label',
    [
      policy('allow-client-a-via-ns-selector-for-immutable-ns-label', {
        for: forA,
        ingress: [{ from: [inNamespace('y')] }],
      }),
    ],
    { 'tcp/80': [block('x', 'x/a'), block('z', 'x/a')] },
  ),
]
