import type { V1IPBlock } from '@kubernetes/client-node'
import type { ConformanceCase } from '../conformance-case.ts'
import {
  allow,
  block,
  byName,
  host,
  inNamespace,
  podLabel,
  pods,
  policy,
  step,
  upstream,
  upstreamSteps,
} from './case-parts.ts'

const fromXA = inNamespace('x', podLabel('a'))
const toYA = policy('allow-to-ns-y-pod-a', { for: 'a', egress: [{ to: [inNamespace('y', podLabel('a'))] }] })
const toBlock = (ipBlock: V1IPBlock) =>
  policy('allow-client-a-via-cidr-egress-rule', { for: 'a', egress: [{ to: [{ ipBlock }] }] })

/** What a pod may reach, and both directions together. */
export const egressCases: readonly ConformanceCase[] = [
  upstream(
    'should deny egress from pods based on PodSelector',
    [policy('deny-egress-pod-a', { for: 'a', egress: [] })],
    { 'tcp/80': [block('x/a', '*')] },
  ),
  upstream('should deny egress from all pods in a namespace', [policy('deny-egress-ns-x', { egress: [] })], {
    'tcp/80': [block('x', '*')],
  }),
  upstream(
    'should work with Ingress, Egress specified together',
    [
      policy('allow-client-a-via-pod-selector', {
        for: 'a',
        ingress: [{ from: [pods('b')] }],
        egress: [{ ports: [{ port: 80 }] }],
      }),
    ],
    {
      'tcp/80': [block('*', 'x/a'), allow('x/b', 'x/a')],
      'tcp/81': [block('*', 'x/a'), block('x/a', '*'), allow('x/b', 'x/a')],
    },
  ),
  upstream(
    'should support denying of egress traffic on the client side (even if the server explicitly allows this traffic)',
    [
      toYA,
      policy('allow-from-xa-on-ya-match-selector', { ns: 'y', for: 'a', ingress: [{ from: [fromXA] }] }),
      policy('allow-from-xa-on-yb-match-selector', { ns: 'y', for: 'b', ingress: [{ from: [fromXA] }] }),
    ],
    { 'tcp/80': [block('x/a', '*'), block('*', 'y/a'), block('*', 'y/b'), allow('x/a', 'y/a')] },
  ),
  upstream(
    'should enforce egress policy allowing traffic to a server in a different namespace based on PodSelector and NamespaceSelector',
    [toYA],
    { 'tcp/80': [block('x/a', '*'), allow('x/a', 'y/a')] },
  ),
  upstream(
    'should enforce policy based on NamespaceSelector with MatchExpressions using default ns label',
    [
      policy('allow-ns-y-match-selector-for-immutable-ns-label', {
        for: 'a',
        egress: [{ to: [{ namespaceSelector: byName('NotIn', 'y') }] }],
      }),
    ],
    { 'tcp/80': [block('x/a', 'y')] },
  ),
  upstreamSteps(
    'should allow egress access to server in CIDR block',
    step(undefined, (addressOf) => ({ policies: [toBlock({ cidr: host(addressOf('y/b')) })] }), {
      'tcp/80': [block('x/a', '*'), allow('x/a', 'y/b')],
    }),
  ),
  upstreamSteps(
    'should enforce except clause while egress access to server in CIDR block',
    step(undefined, (addressOf) => ({ policies: [toBlock(allBut(addressOf('x/b')))] }), {
      'tcp/80': [block('x/a', 'x/b')],
    }),
  ),
  upstreamSteps(
    'should ensure an IP overlapping both IPBlock.CIDR and IPBlock.Except is allowed',
    step('except', (addressOf) => ({ policies: [toBlock(allBut(addressOf('x/b')))] }), {
      'tcp/80': [block('x/a', 'x/b')],
    }),
    step('the policy changed to allow it', (addressOf) => ({ policies: [toBlock({ cidr: host(addressOf('x/b')) })] }), {
      'tcp/80': [block('x/a', '*'), allow('x/a', 'x/b')],
    }),
  ),
  upstreamSteps(
    'should enforce policies to check ingress and egress policies can be controlled independently based on PodSelector',
    step('egress', { policies: [egressForA()] }, { 'tcp/80': [] }),
    step(
      'no ingress',
      { policies: [egressForA(), policy('deny-ingress-via-label-selector', { for: 'a', ingress: [] })] },
      { 'tcp/80': [block('*', 'x/a')] },
    ),
  ),
]

function egressForA() {
  return policy('allow-egress-for-target', { for: 'a', egress: [{}] })
}

/** The API takes host bits in a CIDR. */
function allBut(address: string): V1IPBlock {
  return { cidr: `${address}/4`, except: [host(address)] }
}
