import type { V1NetworkPolicyPort } from '@kubernetes/client-node'
import type { ConformanceCase } from '../conformance-case.ts'
import { allow, block, inNamespace, podLabel, policy, step, upstream, upstreamSteps } from './case-parts.ts'

const fromYOn = (port: V1NetworkPolicyPort, name: string) =>
  policy(name, { for: 'a', ingress: [{ from: [inNamespace('y')], ports: [port] }] })
const onlyFromY = [block('*', 'x/a'), allow('y', 'x/a')]
const nobody = [block('*', 'x/a')]

/** On which ports, by number, name and protocol. */
export const portCases: readonly ConformanceCase[] = [
  upstream(
    'should enforce policy based on Ports',
    [fromYOn({ port: 81, protocol: 'TCP' }, 'allow-client-a-via-ns-selector')],
    { 'tcp/81': onlyFromY },
  ),
  upstreamSteps(
    'should enforce multiple, stacked policies with overlapping podSelectors',
    step(
      'port 81',
      { policies: [fromYOn({ port: 81, protocol: 'TCP' }, 'allow-client-a-via-ns-selector')] },
      { 'tcp/81': onlyFromY, 'tcp/80': nobody },
    ),
    step(
      'port 80, too',
      {
        policies: [
          fromYOn({ port: 81, protocol: 'TCP' }, 'allow-client-a-via-ns-selector'),
          fromYOn({ port: 80, protocol: 'TCP' }, 'allow-client-a-via-ns-selector-80'),
        ],
      },
      { 'tcp/80': onlyFromY },
    ),
  ),
  upstream('should support allow-all policy', [policy('allow-all', { ingress: [{}] })], {
    'tcp/80': [],
    'tcp/81': [],
  }),
  upstream(
    'should allow ingress access on one named port',
    [policy('allow-all', { ingress: [{ ports: [{ port: 'serve-81-tcp' }] }] })],
    { 'tcp/81': [], 'tcp/80': [block('*', 'x')] },
  ),
  upstream(
    'should allow ingress access from namespace on one named port',
    [fromYOn({ port: 'serve-80-tcp', protocol: 'TCP' }, 'allow-client-a-via-ns-selector-80')],
    { 'tcp/80': onlyFromY, 'tcp/81': nobody },
  ),
  upstream(
    'should allow egress access on one named port',
    [policy('allow-egress', { egress: [{ ports: [{ port: 'serve-80-tcp' }] }] })],
    { 'tcp/80': [], 'tcp/81': [block('x', '*')] },
  ),
  upstream(
    'should enforce ingress policy allowing any port traffic to a server on a specific protocol',
    [policy('allow-ingress-by-proto', { for: 'a', ingress: [{ ports: [{ protocol: 'TCP' }] }] })],
    { 'tcp/80': [], 'udp/80': nobody },
  ),
  upstreamSteps(
    'should enforce multiple ingress policies with ingress allow-all policy taking precedence',
    step('port 80', { policies: [ingress80()] }, { 'tcp/81': [block('*', 'x')] }),
    step('all ports', { policies: [ingress80(), policy('allow-ingress', { ingress: [{}] })] }, { 'tcp/81': [] }),
  ),
  upstreamSteps(
    'should enforce multiple egress policies with egress allow-all policy taking precedence',
    step('port 80', { policies: [egress80()] }, { 'tcp/81': [block('x', '*')] }),
    step('all ports', { policies: [egress80(), policy('allow-egress', { egress: [{}] })] }, { 'tcp/81': [] }),
  ),
  upstream(
    "should not mistakenly treat 'protocol: SCTP' as 'protocol: TCP', even if the plugin doesn't support SCTP",
    [
      policy('deny-ingress', { ingress: [] }),
      policy('allow-only-sctp-ingress-on-port-81', {
        for: 'a',
        ingress: [{ ports: [{ port: 81, protocol: 'SCTP' }] }],
      }),
    ],
    { 'tcp/81': [block('*', 'x')] },
  ),
  upstream(
    "should properly isolate pods that are selected by a policy allowing SCTP, even if the plugin doesn't support SCTP",
    [
      policy('allow-only-sctp-ingress-on-port-80', {
        for: 'a',
        ingress: [{ ports: [{ port: 80, protocol: 'SCTP' }] }],
      }),
    ],
    { 'tcp/81': nobody },
  ),
  upstream(
    'should not allow access by TCP when a policy specifies only UDP',
    [policy('allow-only-udp-ingress-on-port-81', { for: 'a', ingress: [{ ports: [{ port: 81, protocol: 'UDP' }] }] })],
    { 'tcp/81': nobody },
  ),
  ...(['UDP', 'SCTP'] as const).flatMap(casesOfProtocol),
]

/** The three cases that the suite has for each of them, told apart from those of TCP by the protocol's name. */
function casesOfProtocol(protocol: 'UDP' | 'SCTP'): readonly ConformanceCase[] {
  const on = (port: number) => `${protocol.toLowerCase()}/${port}`
  return [
    upstream(
      `using ${protocol}: should support a 'default-deny-ingress' policy`,
      [policy('deny-all', { ingress: [] })],
      {
        [on(80)]: [block('*', 'x')],
      },
    ),
    upstream(
      `using ${protocol}: should enforce policy based on Ports`,
      [fromYOn({ port: 81, protocol }, 'allow-ingress-on-port-81-ns-x')],
      { [on(81)]: onlyFromY },
    ),
    upstream(
      `using ${protocol}: should enforce policy to allow traffic only from a pod in a different namespace based on PodSelector and NamespaceSelector`,
      [
        policy('allow-ns-y-pod-a-via-namespace-pod-selector', {
          for: 'a',
          ingress: [{ from: [inNamespace('y', podLabel('a'))] }],
        }),
      ],
      { [on(80)]: [...nobody, allow('y/a', 'x/a')] },
    ),
  ]
}

function ingress80() {
  return policy('allow-ingress-port-80', { ingress: [{ ports: [{ port: 80 }] }] })
}

function egress80() {
  return policy('allow-egress-port-80', { egress: [{ ports: [{ port: 80 }] }] })
}
