import { flows, rule } from './rules.ts'
import type { TalkOptions } from './talk.ts'
import { APP_PORT, PEER_PORT, PROXY_ID } from './world.ts'

/** One connection of a kind, as the counters and the proxy's log are to show it. */
export interface Flow {
  /** As in the table of flows. */
  readonly id: string
  readonly what: string
  readonly from: 'reviews' | 'plain'
  /** An address, or a port of the pod's own address. */
  readonly to: 'pod' | 'localhost' | 'peer'
  readonly port: number
  readonly as?: Pick<TalkOptions, 'uid' | 'gid' | 'source' | 'path'>
  /** The rules that count it, once each. */
  readonly rules: readonly string[]
  /** Where it ends: at the app, which sees this peer; at the peer; or with an answer of nobody, at the proxy. */
  readonly ends: { readonly app: 'passthrough' | 'pod' | 'localhost' } | 'peer' | 'proxy' | 'listener'
  /** How the proxy's log knows it; absent where it does not pass the proxy. */
  readonly log?: {
    readonly direction: 'inbound' | 'outbound'
    readonly at: 'pod:15006' | 'localhost:15006' | 'localhost:15001'
  }
  /** The claims that it settles, each with what it is observed for. */
  readonly claims: readonly string[]
}

const proxy = { uid: PROXY_ID } as const
const inbound = { direction: 'inbound', at: 'pod:15006' } as const
const outbound = { direction: 'outbound', at: 'localhost:15001' } as const
/** What counts a client to a port that is left alone. */
export const excludedRules = (port: number): readonly string[] => [rule.prerouting, rule.excluded(port)]
const excluded = (port: number): Flow => ({
  id: `G ${port}`,
  what: `a client to the excluded port ${port}`,
  from: 'plain',
  to: 'pod',
  port,
  as: { path: port === 15_021 ? '/healthz/ready' : '/stats/prometheus' },
  rules: excludedRules(port),
  ends: 'listener',
  claims: port === 15_008 ? ['S1.13'] : ['S1.8', 'S1.13'],
})

/** The table of flows, row by row. */
export const flowRows: readonly Flow[] = [
  {
    id: 'A',
    what: 'a client to the app',
    from: 'plain',
    to: 'pod',
    port: APP_PORT,
    rules: [...flows.capturedInbound, ...flows.passthrough],
    ends: { app: 'passthrough' },
    log: inbound,
    claims: ['S1.5', 'S1.12', 'S1.13', 'S1.14', 'S1.17', 'S1.16a', 'S1.23'],
  },
  {
    id: 'A2',
    what: 'the proxy, from 127.0.0.6, to the app',
    from: 'reviews',
    to: 'pod',
    port: APP_PORT,
    as: { ...proxy, source: '127.0.0.6' },
    rules: flows.passthrough,
    ends: { app: 'passthrough' },
    claims: ['S1.23', 'S1.16a'],
  },
  {
    id: 'A3',
    what: 'the proxy to the app by 127.0.0.1',
    from: 'reviews',
    to: 'localhost',
    port: APP_PORT,
    as: proxy,
    rules: flows.proxyOut,
    ends: { app: 'localhost' },
    claims: ['S1.16a'],
  },
  {
    id: 'B',
    what: 'the app to another machine',
    from: 'reviews',
    to: 'peer',
    port: PEER_PORT,
    rules: [...flows.capturedOutbound, rule.proxyUser],
    ends: 'peer',
    log: outbound,
    claims: ['S1.4', 'S1.11a', 'S1.19', 'S1.20', 'S1.21'],
  },
  {
    id: 'C',
    what: 'the proxy to another machine',
    from: 'reviews',
    to: 'peer',
    port: PEER_PORT,
    as: proxy,
    rules: flows.proxyOut,
    ends: 'peer',
    claims: ['S1.6', 'S1.11a', 'S1.21'],
  },
  {
    id: 'D',
    what: 'the app to its own pod',
    from: 'reviews',
    to: 'pod',
    port: APP_PORT,
    rules: [rule.output, rule.appByLo],
    ends: { app: 'pod' },
    claims: ['S1.25'],
  },
  {
    id: 'E',
    what: 'the proxy to its own pod',
    from: 'reviews',
    to: 'pod',
    port: APP_PORT,
    as: proxy,
    rules: [rule.output, rule.proxyToItself, rule.to15006, rule.fromPassthrough],
    ends: { app: 'passthrough' },
    log: { direction: 'inbound', at: 'localhost:15006' },
    claims: ['S1.24'],
  },
  {
    id: 'F',
    what: 'the app to localhost',
    from: 'reviews',
    to: 'localhost',
    port: APP_PORT,
    rules: [rule.output, rule.appByLo],
    ends: { app: 'localhost' },
    claims: ['S1.26', 'S1.26a'],
  },
  ...[15_021, 15_020, 15_090, 15_008].map(excluded),
  {
    id: 'H 22',
    what: 'a client to port 22',
    from: 'plain',
    to: 'pod',
    port: 22,
    rules: [...flows.capturedInbound, rule.output, rule.fromPassthrough],
    ends: 'proxy',
    log: inbound,
    claims: ['S1.10a'],
  },
  {
    id: 'H 1234',
    what: 'a client to a closed port',
    from: 'plain',
    to: 'pod',
    port: 1234,
    rules: [...flows.capturedInbound, rule.output, rule.fromPassthrough],
    ends: 'proxy',
    log: inbound,
    claims: ['S1.10a'],
  },
  {
    id: 'I',
    what: 'a process of user 1000, group 1337 to its own pod',
    from: 'reviews',
    to: 'pod',
    port: APP_PORT,
    as: { uid: 1000, gid: PROXY_ID },
    rules: [rule.output, rule.appByLo],
    ends: { app: 'pod' },
    claims: [],
  },
  {
    id: 'J',
    what: 'a process of user 1337, group 1000 to another machine',
    from: 'reviews',
    to: 'peer',
    port: PEER_PORT,
    as: { uid: PROXY_ID, gid: 1000 },
    rules: flows.proxyOut,
    ends: 'peer',
    claims: ['S1.9a'],
  },
  {
    id: 'K',
    what: 'the app to a closed port of another machine',
    from: 'reviews',
    to: 'peer',
    port: 1234,
    rules: [...flows.capturedOutbound, rule.proxyUser],
    ends: 'proxy',
    log: outbound,
    claims: ['S1.4'],
  },
]
