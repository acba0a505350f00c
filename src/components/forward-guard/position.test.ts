import { describe, expect, it } from 'vitest'
import { parseCidr } from '../../../helpers/cidr.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import type { GuardedTraffic } from './guarded-traffic.ts'
import { findGuardPosition, type GuardPosition } from './position.ts'
import { documentForward, filterTable, kubeForward } from './tables.test-helper.ts'

const traffic: GuardedTraffic = {
  inInterface: 'ens18',
  nodeAddresses: ['172.18.10.1', '172.18.10.2', '172.18.10.3'],
  podCidrs: ['10.42.0.0/24', '10.42.1.0/24'].map(parseCidr),
}

function find(forward: readonly string[], chains: readonly string[] = [], policy = 'DROP'): GuardPosition {
  return findGuardPosition(parseRuleset(filterTable(forward, chains, policy)), 4, traffic)
}

const calicoMark =
  '-m comment --comment "cali:S93hcgKJrXEqnTfs" -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT'
const plain = { spareEstablished: false, sparePods: false }
const spareBoth = { spareEstablished: true, sparePods: true }

describe("the place among the document's 13 rules", () => {
  it('is 12, and the rule needs no exemption', () => {
    const position = find(documentForward, kubeForward)
    expect(position).toMatchObject({ index: 11, ...plain, warnings: [] })
    expect(position.reasons).toEqual([
      'after the accept of established traffic (rule 2: -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD), ' +
        'after the accept of pods as the source (rule 11: -s 10.42.0.0/16 -j ACCEPT), ' +
        'before the accept of pods as the destination (rule 12: -d 10.42.0.0/16 -j ACCEPT)',
    ])
  })

  it('does not depend on numbers: rules that others insert or take away move it', () => {
    expect(
      find(
        ['-j KUBE-PROXY-FIREWALL', ...documentForward],
        [...kubeForward, '-A KUBE-PROXY-FIREWALL -j DROP -s 1.1.1.1'],
      ),
    ).toMatchObject({ index: 12 })
    expect(find(documentForward.slice(1), kubeForward)).toMatchObject({ index: 10 })
  })

  it('does not count guards that are there, wherever they are', () => {
    const guard = '-i ens18 -m set ! --match-set cluster_nodes src -j REJECT --reject-with icmp-port-unreachable'
    for (const at of [0, 5, 11, 13]) {
      expect(find(documentForward.toSpliced(at, 0, guard), kubeForward)).toMatchObject({ index: 11 })
    }
    expect(find([guard, ...documentForward, guard], kubeForward)).toMatchObject({ index: 11 })
  })

  it('fits higher only while what it leans on is above', () => {
    const { fitsAt } = find(documentForward, kubeForward)
    expect([10, 11, 12].map(fitsAt)).toEqual([false, true, false])
  })
})

describe('the exemptions', () => {
  it('has both where nothing accepts: a kind node with policy ACCEPT', () => {
    const position = find(['-j KUBE-FORWARD', '-m conntrack --ctstate NEW -j KUBE-SERVICES'], kubeForward, 'ACCEPT')
    expect(position).toMatchObject({ index: 2, spareEstablished: false, sparePods: true })
    expect(position.reasons[0]).toContain('at the end of FORWARD (the policy accepts the rest)')
    expect(find([], [], 'ACCEPT')).toMatchObject({ index: 0, ...spareBoth })
  })

  it("spares the pods before Calico's mark where no rule accepts the pod CIDR (modern Calico)", () => {
    const appended = [calicoMark, '-m comment --comment "cali:mp77cMpurHhyjLrM" -j MARK --set-xmark 0x10000/0x10000']
    const position = find(
      ['-j cali-FORWARD', '-j KUBE-FORWARD', ...appended],
      [...kubeForward, '-A cali-FORWARD -i cali+ -j DROP'],
    )
    expect(position).toMatchObject({ index: 2, spareEstablished: false, sparePods: true })
    expect(position.reasons[0]).toContain("before the accept of Calico's mark (rule 3: ")
    expect(position.fitsAt(1)).toBe(false)
    expect(position.fitsAt(2)).toBe(true)
  })

  it('spares established traffic where only part of it is accepted above', () => {
    const rest = ['-s 10.42.0.0/16 -j ACCEPT', '-d 10.42.0.0/16 -j ACCEPT']
    for (const accept of [
      '-m conntrack --ctstate ESTABLISHED -j ACCEPT',
      '-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-d 10.42.0.0/24 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-i cali+ -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ]) {
      expect(find([accept, ...rest]), accept).toMatchObject({ index: 2, spareEstablished: true, sparePods: false })
    }
    for (const accept of [
      '-m state --state RELATED,ESTABLISHED -j ACCEPT',
      '-m conntrack ! --ctstate NEW,INVALID -j ACCEPT',
      '-d 10.42.0.0/16 -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment x -j ACCEPT',
      '-i ens+ -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT',
    ]) {
      expect(find([accept, ...rest]), accept).toMatchObject({ index: 2, ...plain })
    }
  })

  it('spares the pods unless every pod CIDR is accepted as the source', () => {
    const established = '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
    const rest = '-d 10.42.0.0/16 -j ACCEPT'
    expect(find([established, '-s 10.42.0.0/24 -j ACCEPT', rest])).toMatchObject({ index: 2, sparePods: true })
    expect(
      find([established, '-s 10.42.0.0/24 -j ACCEPT', '-s 10.42.1.0/255.255.255.0 -j ACCEPT', rest]),
    ).toMatchObject({ index: 3, ...plain })
    expect(find([established, '-s 10.42.0.0/16 -i cni0 -j ACCEPT', rest])).toMatchObject({ index: 2, sparePods: true })
    expect(find([established, '-s 10.42.0.0/16 -p tcp -j ACCEPT', rest])).toMatchObject({ index: 2, sparePods: true })
  })

  it('looks into chains: flannel accepts source and destination in one, so the guard stands before it', () => {
    const flannel = ['-A FLANNEL-FWD -s 10.42.0.0/16 -j ACCEPT', '-A FLANNEL-FWD -d 10.42.0.0/16 -j ACCEPT']
    const position = find(['-j KUBE-FORWARD', '-j FLANNEL-FWD'], [...kubeForward, ...flannel], 'ACCEPT')
    expect(position).toMatchObject({ index: 1, spareEstablished: false, sparePods: true })
    expect(position.reasons[0]).toContain(
      'before the chain FLANNEL-FWD, which may accept new traffic to pods (rule 2: -j FLANNEL-FWD)',
    )
  })

  it('stands above an old Calico that accepts inside its own chain', () => {
    const old = [
      '-A cali-FORWARD -o cali+ -j cali-to-wl-dispatch',
      '-A cali-to-wl-dispatch -g cali-tw-1',
      '-A cali-tw-1 -m mark --mark 0x1/0x1 -j ACCEPT',
    ]
    expect(find(documentForward, [...kubeForward, ...old])).toMatchObject({ index: 0, ...spareBoth })
  })
})

describe('what lets new traffic in', () => {
  it.each([
    ['everything', '-j ACCEPT'],
    ['one protocol', '-p icmp -j ACCEPT'],
    ['a wide destination', '-d 10.0.0.0/8 -j ACCEPT'],
    ['the nodes’ own subnet as the source', '-s 172.18.0.0/16 -j ACCEPT'],
    ['anything but one source', '! -s 192.0.2.1 -j ACCEPT'],
    ['new connections', '-m conntrack --ctstate NEW -j ACCEPT'],
    ['an interface of pods', '-o cilium_host -j ACCEPT'],
    ['the interface itself', '-i ens18 -j ACCEPT'],
    ['a mask that is no prefix', '-d 10.42.0.0/255.255.0.255 -j ACCEPT'],
    ['another mark', '-m mark --mark 0x20000/0x20000 -j ACCEPT'],
    ['a chain', '-g USER'],
  ])('%s', (_name, rule) => {
    expect(
      find(['-j KUBE-FORWARD', rule, '-s 10.42.0.0/16 -j LOG'], [...kubeForward, '-A USER -p udp -j ACCEPT']),
    ).toMatchObject({ index: 1 })
  })

  it.each([
    ['docker0, out', '-o docker0 -j ACCEPT'],
    ['docker0, in', '-i docker0 -j ACCEPT'],
    ['a Docker network', '-o br-0123456789ab -j ACCEPT'],
    ['another destination', '-d 172.17.0.2 -p tcp -j ACCEPT'],
    ['anything but pods', '! -d 10.42.0.0/16 -j ACCEPT'],
    ['another interface', '-i eth1 -j ACCEPT'],
    ["a Service's mark", '-m mark --mark 0x4000/0x4000 -j ACCEPT'],
    ['a node', '-s 172.18.10.2 -j ACCEPT'],
    ['a set of sources', '-m set --match-set friends src -j ACCEPT'],
    ['a chain that returns first', '-j USER'],
    ['what was translated', '-m conntrack --ctstate DNAT -j ACCEPT'],
  ])('not %s', (_name, rule) => {
    const chains = [...kubeForward, '-A USER -j RETURN', '-A USER -j ACCEPT']
    expect(find(['-j KUBE-FORWARD', rule, '-d 10.42.0.0/16 -j ACCEPT'], chains)).toMatchObject({ index: 2 })
  })

  it('says which rule lets chosen sources pass before the guard', () => {
    const { index, warnings } = find(['-s 198.51.100.0/24 -j ACCEPT', ...documentForward], kubeForward)
    expect(index).toBe(12)
    expect(warnings).toEqual([
      'rule 1 lets sources of its choice reach pods before the guard: -A FORWARD -s 198.51.100.0/24 -j ACCEPT',
    ])
  })

  it('ends where nothing gets further', () => {
    const position = find(
      ['-j KUBE-FORWARD', '-j REJECT --reject-with icmp-host-prohibited', '-d 10.42.0.0/16 -j ACCEPT'],
      kubeForward,
    )
    expect(position).toMatchObject({ index: 1, sparePods: true })
    expect(position.reasons[0]).toContain('before the rule that ends the chain (rule 2: ')
  })
})

describe('contradictory rules', () => {
  it('are not meant by an accept of a part, above which the guard spares the pods itself', () => {
    expect(find(['-d 10.42.0.0/16 -p udp -j ACCEPT', ...documentForward], kubeForward)).toMatchObject({
      index: 0,
      ...spareBoth,
    })
  })

  it('are refused with both of them', () => {
    const forward = ['-j KUBE-FORWARD', '-d 10.42.0.0/16 -j ACCEPT', '-s 10.42.0.0/16 -j ACCEPT']
    expect(() => find(forward, kubeForward)).toThrow(
      /above pods as the source, so there is no place between them for the guard:\n {2}2: -A FORWARD -d 10\.42\.0\.0\/16 -j ACCEPT\n {2}3: -A FORWARD -s 10\.42\.0\.0\/16 -j ACCEPT/,
    )
  })
})
