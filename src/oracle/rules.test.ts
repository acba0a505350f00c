import type { V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import type { PolicyProtocol } from './objects.ts'
import { includesPeer, includesPort } from './rules.ts'
import { objectsWith, pod } from './testing/objects.ts'

const destination = pod('x', 'a', '10.0.0.1')

function port(text: string) {
  const [protocol, number] = text.split('/') as [PolicyProtocol, string]
  return { protocol, port: Number(number) }
}

describe('includesPort', () => {
  it.each<[string, V1NetworkPolicyPort[] | undefined, string[], string[]]>([
    ['no list is every port', undefined, ['tcp/80', 'udp/1', 'sctp/9'], []],
    ['an empty list is every port', [], ['tcp/80', 'udp/1', 'sctp/9'], []],
    ['an empty item is every TCP port', [{}], ['tcp/1', 'tcp/65535'], ['udp/80', 'sctp/80']],
    ['a protocol alone is all of its ports', [{ protocol: 'UDP' }], ['udp/1', 'udp/80'], ['tcp/80', 'sctp/80']],
    ['TCP is the default', [{ port: 80 }], ['tcp/80'], ['tcp/81', 'udp/80', 'sctp/80']],
    ['SCTP', [{ protocol: 'SCTP', port: 80 }], ['sctp/80'], ['tcp/80', 'udp/80']],
    [
      'a range includes both ends',
      [{ port: 80, endPort: 82 }],
      ['tcp/80', 'tcp/81', 'tcp/82'],
      ['tcp/79', 'tcp/83', 'udp/81'],
    ],
    ['a range of one', [{ port: 80, endPort: 80 }], ['tcp/80'], ['tcp/81']],
    [
      'several items are alternatives',
      [{ port: 80 }, { protocol: 'UDP', port: 53 }],
      ['tcp/80', 'udp/53'],
      ['tcp/53', 'udp/80'],
    ],
    [
      'a name is looked up at the destination, by protocol',
      [{ port: 'web' }],
      ['tcp/80'],
      ['tcp/81', 'udp/81', 'udp/80'],
    ],
    [
      'the same name for another protocol',
      [{ port: 'web', protocol: 'UDP' }],
      ['udp/81'],
      ['udp/80', 'tcp/80', 'tcp/81'],
    ],
    ['a name that the pod does not have', [{ port: 'db' }], [], ['tcp/80', 'udp/81']],
  ])('%s', (_, ports, included, excluded) => {
    expect(included.filter((each) => !includesPort(ports, port(each), destination))).toEqual([])
    expect(excluded.filter((each) => includesPort(ports, port(each), destination))).toEqual([])
  })

  it('finds no name where the destination is no pod', () => {
    expect(includesPort([{ port: 'web' }], port('tcp/80'), undefined)).toBe(false)
  })

  it('finds the names of sidecars but not of what runs before the pod', () => {
    const init = (restartPolicy?: string) => {
      const container = {
        name: 'init',
        ports: [{ name: 'web', containerPort: 80 }],
        ...(restartPolicy && { restartPolicy }),
      }
      return pod('x', 'a', '10.0.0.1', { spec: { containers: [{ name: 'main' }], initContainers: [container] } })
    }
    expect(includesPort([{ port: 'web' }], port('tcp/80'), init('Always'))).toBe(true)
    expect(includesPort([{ port: 'web' }], port('tcp/80'), init())).toBe(false)
  })
})

describe('includesPeer', () => {
  const party = { name: 'y/b', address: '10.0.1.2', pod: pod('y', 'b', '10.0.1.2') }
  const judge = (peer: V1NetworkPolicyPeer, namespace = 'x') => includesPeer(objectsWith([]), namespace, [peer], party)

  it.each<[string, V1NetworkPolicyPeer, boolean]>([
    ['In', { namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'In', values: ['x', 'y'] }] } }, true],
    [
      'In, another value',
      { namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'In', values: ['x'] }] } },
      false,
    ],
    [
      'In, missing key',
      { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['x'] }] } },
      false,
    ],
    ['NotIn', { namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'NotIn', values: ['x'] }] } }, true],
    [
      'NotIn, that value',
      { namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'NotIn', values: ['y'] }] } },
      false,
    ],
    [
      'NotIn, missing key',
      { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['x'] }] } },
      true,
    ],
    ['Exists', { namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'Exists' }] } }, true],
    ['Exists, missing key', { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } }, false],
    ['DoesNotExist', { namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'DoesNotExist' }] } }, false],
    [
      'DoesNotExist, missing key',
      { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] } },
      true,
    ],
    [
      'labels and expressions together',
      {
        namespaceSelector: {
          matchLabels: { ns: 'y' },
          matchExpressions: [{ key: 'ns', operator: 'NotIn', values: ['y'] }],
        },
      },
      false,
    ],
    [
      'a label of Object.prototype',
      { namespaceSelector: { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] } },
      false,
    ],
    ['a bare podSelector speaks of the policy’s namespace', { podSelector: { matchLabels: { pod: 'b' } } }, false],
    ['host bits in a CIDR', { ipBlock: { cidr: '10.0.1.77/24' } }, true],
    ['an except with host bits', { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.1.9/30'] } }, true],
    ['an except that holds it', { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.1.1/30'] } }, false],
    ['a block of the other family', { ipBlock: { cidr: '::/0' } }, false],
    ['every address', { ipBlock: { cidr: '0.0.0.0/0' } }, true],
  ])('%s: %j is %s', (_, peer, expected) => {
    expect(judge(peer)).toBe(expected)
  })

  it('counts a pod of the policy’s namespace by its own labels', () => {
    expect(judge({ podSelector: { matchLabels: { pod: 'b' } } }, 'y')).toBe(true)
    expect(judge({ podSelector: { matchLabels: { pod: 'a' } } }, 'y')).toBe(false)
  })

  it('refuses what the API would have refused', () => {
    expect(() => judge({})).toThrow('either an ipBlock or selectors')
    expect(() => judge({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } })).toThrow('either an ipBlock or selectors')
    expect(() => judge({ ipBlock: { cidr: '10.0.0.0' } })).toThrow('"10.0.0.0" in an ipBlock is not a CIDR')
    expect(() => judge({ ipBlock: { cidr: '10.0.0.0/33' } })).toThrow('"10.0.0.0/33" in an ipBlock is not a CIDR')
    const odd = { matchExpressions: [{ key: 'ns', operator: 'Gt', values: ['1'] }] }
    expect(() => judge({ namespaceSelector: odd })).toThrow('"Gt" is not an operator')
  })
})
