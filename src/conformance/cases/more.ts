import type { ConformanceCase, ConformanceStep } from '../conformance-case.ts'
import { allow, block, everyoneBut, inNamespace, podLabel, pods, policy, step } from './case-parts.ts'

const nobody = [block('*', 'x/a')]

/** What the suite of Kubernetes leaves out. */
export const moreCases: readonly ConformanceCase[] = [
  own(
    'a range of ports includes both of its ends and nothing beyond',
    step('80 to 81', { policies: [range(80, 81)] }, { 'tcp/80': [], 'tcp/81': [], 'udp/80': nobody }),
    step('81 to 90', { policies: [range(81, 90)] }, { 'tcp/80': nobody, 'tcp/81': [], 'udp/81': nobody }),
    step('1 to 80', { policies: [range(1, 80)] }, { 'tcp/80': [], 'tcp/81': nobody }),
  ),
  own(
    'a named port is looked up for its protocol',
    step(
      undefined,
      {
        policies: [
          policy('udp-by-name', { for: 'a', ingress: [{ ports: [{ port: 'serve-81-udp', protocol: 'UDP' }] }] }),
        ],
      },
      { 'udp/81': [], 'udp/80': nobody, 'tcp/81': nobody },
    ),
    step(
      'of another protocol',
      {
        policies: [
          policy('udp-by-name', { for: 'a', ingress: [{ ports: [{ port: 'serve-81-tcp', protocol: 'UDP' }] }] }),
        ],
      },
      { 'udp/81': nobody, 'tcp/81': nobody },
    ),
  ),
  own(
    'a named port that no pod has lets nothing in',
    step(
      undefined,
      { policies: [policy('nowhere', { for: 'a', ingress: [{ ports: [{ port: 'no-such-port' }] }] })] },
      { 'tcp/80': nobody, 'udp/80': nobody },
    ),
  ),
  own(
    'an empty list of egress rules without policyTypes isolates ingress alone',
    step(
      undefined,
      { policies: [{ metadata: { namespace: 'x', name: 'defaulted' }, spec: { podSelector: {}, egress: [] } }] },
      { 'tcp/80': [block('*', 'x')] },
    ),
  ),
  own(
    'an egress rule without policyTypes isolates both directions',
    step(
      undefined,
      {
        policies: [
          {
            metadata: { namespace: 'x', name: 'defaulted' },
            spec: { podSelector: {}, egress: [{ to: [inNamespace('y')] }] },
          },
        ],
      },
      { 'tcp/80': [block('*', 'x'), block('x', '*'), allow('x', 'y')] },
    ),
  ),
  own(
    'rules of a direction that policyTypes leaves out count for nothing',
    step(
      undefined,
      {
        policies: [
          policy('egress-only', { for: 'a', ingress: [{ from: [pods('b')] }], egress: [], types: ['Egress'] }),
        ],
      },
      { 'tcp/80': [block('x/a', '*')] },
    ),
  ),
  own(
    'an address that two blocks except differently is let in by the one that does not',
    step(
      undefined,
      (addressOf) => ({
        policies: [
          policy('blocks', {
            for: 'a',
            ingress: [
              {
                from: ['x/b', 'y/b'].map((pod) => ({
                  ipBlock: everyoneBut(addressOf(pod)),
                })),
              },
            ],
          }),
        ],
      }),
      { 'tcp/80': [] },
    ),
    step(
      'one rule for each port',
      (addressOf) => ({
        policies: [
          policy('blocks', {
            for: 'a',
            ingress: [
              { from: [{ ipBlock: everyoneBut(addressOf('x/b')) }], ports: [{ port: 80 }] },
              { from: [{ ipBlock: everyoneBut(addressOf('y/b')) }], ports: [{ port: 81 }] },
            ],
          }),
        ],
      }),
      { 'tcp/80': [block('x/b', 'x/a')], 'tcp/81': [block('y/b', 'x/a')], 'udp/80': nobody },
    ),
  ),
  own(
    'peers and ports of one rule belong together, those of two rules do not',
    step(
      undefined,
      {
        policies: [
          policy('pairs', {
            for: 'a',
            ingress: [
              { from: [pods('b')], ports: [{ port: 80 }] },
              { from: [inNamespace('y', podLabel('b'))], ports: [{ port: 81 }] },
            ],
          }),
        ],
      },
      { 'tcp/80': [...nobody, allow('x/b', 'x/a')], 'tcp/81': [...nobody, allow('y/b', 'x/a')] },
    ),
  ),
  own(
    'more ports than one rule of iptables holds',
    step(
      undefined,
      {
        policies: [
          policy('many-ports', {
            for: 'a',
            ingress: [{ ports: [...Array.from({ length: 20 }, (_, at) => ({ port: 1000 + 2 * at })), { port: 81 }] }],
          }),
        ],
      },
      { 'tcp/80': nobody, 'tcp/81': [] },
    ),
  ),
]

function own(name: string, ...steps: readonly ConformanceStep[]): ConformanceCase {
  return { name, origin: 'packetproof', steps }
}

function range(port: number, endPort: number) {
  return policy('range', { for: 'a', ingress: [{ ports: [{ port, endPort }] }] })
}
