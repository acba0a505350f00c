import { expect, test } from 'vitest'
import { traceOf } from '../ruleset/parse-trace.ts'
import { findEnding } from './find-ending.ts'
import { answers, PassagePool } from './follow-packet.ts'
import { readPassages, type TracedPassage } from './read-passages.ts'

/** What xtables-monitor prints of one packet: its header again wherever NAT has changed it, and what it met. */
function story(id: string, ...parts: readonly (readonly [packet: string, ...met: string[]])[]): string[] {
  return parts.flatMap(([packet, ...met]) => [
    `PACKET: 2 ${id} ${packet}`,
    ...met.map((line) => ` TRACE: 2 ${id} ${line}`),
  ])
}

const own = 'packetproof_hooks_0a1b2c3d'
const begin = (hook: string): string[] => [
  `${own}:${hook}:rule:0x6:CONTINUE  -4 -t ${own} -A ${hook} -p tcp -j TRACE`,
  `${own}:${hook}:policy:ACCEPT `,
]
const end = (hook: string): string => `${own}:${hook}:policy:ACCEPT `
const rest = 'LEN=60 TOS=0x0 TTL=63 ID=4711 DF'

const pod = story(
  'aa',
  [`OUT=eth0 SRC=10.0.1.2 DST=10.9.0.10 LEN=60 TOS=0x0 TTL=64 ID=4711 DF SPORT=5000 DPORT=80 SYN `, ...begin('output')],
  [`OUT=eth0 SRC=10.0.1.2 DST=10.9.0.10 LEN=60 TOS=0x0 TTL=64 ID=4711 DF SPORT=5000 DPORT=80 SYN `, end('postrouting')],
)
const node = story(
  'bb',
  [
    `IN=cali1 SRC=10.0.1.2 DST=10.9.0.10 LEN=60 TOS=0x0 TTL=64 ID=4711 DF SPORT=5000 DPORT=80 SYN `,
    ...begin('prerouting'),
    'nat:PREROUTING:rule:0x5:JUMP:KUBE-SERVICES  -4 -t nat -A PREROUTING -m comment --comment "a portal" -j KUBE-SERVICES',
    'nat:KUBE-SERVICES:rule:0x6:JUMP:KUBE-SVC-X  -4 -t nat -A KUBE-SERVICES -d 10.9.0.10/32 -j KUBE-SVC-X',
    'nat:KUBE-SVC-X:rule:0x7:ACCEPT  -4 -t nat -A KUBE-SVC-X -p tcp -j DNAT --to-destination 10.0.2.2:8080',
  ],
  [
    `IN=cali1 OUT=eth0 SRC=10.0.1.2 DST=10.0.2.2 ${rest} SPORT=5000 DPORT=8080 SYN `,
    'filter:FORWARD:policy:ACCEPT ',
    end('forward'),
  ],
  [
    `IN=cali1 OUT=eth0 SRC=10.0.1.2 DST=10.0.2.2 ${rest} SPORT=5000 DPORT=8080 SYN `,
    'nat:POSTROUTING:rule:0x9:ACCEPT  -4 -t nat -A POSTROUTING -j MASQUERADE',
  ],
  [`IN=cali1 OUT=eth0 SRC=172.18.0.3 DST=10.0.2.2 ${rest} SPORT=33000 DPORT=8080 SYN `, end('postrouting')],
)
const target = story(
  'cc',
  [`IN=eth0 SRC=172.18.0.3 DST=10.0.2.2 ${rest} SPORT=33000 DPORT=8080 SYN `, ...begin('prerouting')],
  [
    `IN=eth0 SRC=172.18.0.3 DST=10.0.2.2 ${rest} SPORT=33000 DPORT=8080 SYN `,
    'filter:INPUT:rule:0x3:DROP  -4 -t filter -A INPUT -p tcp -m tcp --dport 8080 -j DROP',
  ],
)

const read = (host: string, lines: readonly string[]): TracedPassage[] => readPassages(host, traceOf(lines))

test('a passage has the hooks in their order, each with the packet as it entered and left', () => {
  const [passage] = read('node', node)
  expect(passage?.hooks.map(({ hook, passed }) => [hook, passed])).toEqual([
    ['prerouting', true],
    ['forward', true],
    ['postrouting', true],
  ])
  expect(passage?.hooks[0]?.left).toMatchObject({ destination: '10.0.2.2', destinationPort: 8080 })
  expect(passage).toMatchObject({
    inInterface: 'cali1',
    outInterface: 'eth0',
    left: { source: '172.18.0.3', sourcePort: 33_000 },
  })
})

test('chains are as deep as the jumps that lead to them, and a rewrite is put down to its rule', () => {
  const rules = read('node', node).flatMap(({ hooks }) => hooks.flatMap((hook) => hook.rules))
  expect(rules.map(({ chain, depth, action }) => `${depth} ${chain} ${action}`)).toEqual([
    '0 PREROUTING jump KUBE-SERVICES',
    '1 KUBE-SERVICES jump KUBE-SVC-X',
    '2 KUBE-SVC-X accept',
    '0 FORWARD policy accept',
    '0 POSTROUTING accept',
  ])
  expect(rules.filter(({ rewrite }) => rewrite).map(({ rule }) => rule)).toEqual([
    '-A KUBE-SVC-X -p tcp -j DNAT --to-destination 10.0.2.2:8080',
    '-A POSTROUTING -j MASQUERADE',
  ])
})

test('a trace id that the kernel uses again is another packet', () => {
  const second = story('aa', [
    `OUT=eth0 SRC=10.0.1.2 DST=10.9.0.10 LEN=52 TTL=64 ID=4712 DF SPORT=5000 DPORT=80 ACK `,
    ...begin('output'),
  ])
  expect(read('pod', [...pod, ...second]).map(({ length, isSyn }) => [length, isSyn])).toEqual([
    [60, true],
    [52, false],
  ])
})

test('a packet is followed from host to host across NAT, and named is the rule that ends it', () => {
  const pool = new PassagePool([...read('target', target), ...read('node', node), ...read('pod', pod)])
  const way = pool.follow(({ host, isSyn }) => host === 'pod' && isSyn)
  expect(way.map(({ host }) => host)).toEqual(['pod', 'node', 'target'])
  const wanted = { source: '', destination: '10.9.0.10', destinationPort: 80 }
  expect(findEnding(way, wanted, 'timed-out')).toMatchObject({
    kind: 'dropped',
    host: 'target',
    decidedBy: { table: 'filter', chain: 'INPUT', rule: '-A INPUT -p tcp -m tcp --dport 8080 -j DROP' },
  })
})

test('another packet of the same addresses is not taken for this one', () => {
  const other = target.map((line) => line.replace('ID=4711', 'ID=4799'))
  const pool = new PassagePool([...read('pod', pod), ...read('node', node), ...read('target', other)])
  expect(pool.follow(({ host }) => host === 'pod').map(({ host }) => host)).toEqual(['pod', 'node'])
})

test('a packet that only left is lost, not delivered', () => {
  const ending = findEnding(
    read('node', node),
    { source: '', destination: '10.9.0.10', destinationPort: 80 },
    'timed-out',
  )
  expect(ending).toMatchObject({ kind: 'lost', text: 'it left node by eth0 and was seen on no other host' })
})

test('an answer goes the other way, port for port', () => {
  const request = { source: '1.1.1.1', sourcePort: 1, destination: '2.2.2.2', destinationPort: 2 }
  expect(answers({ source: '2.2.2.2', sourcePort: 2, destination: '1.1.1.1', destinationPort: 1 }, request)).toBe(true)
  expect(answers(request, request)).toBe(false)
})
