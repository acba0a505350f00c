import {
  type ClaimRecorder,
  containsPackets,
  type Host,
  hasCounted,
  hasOutcome,
  isEqual,
  matchPackets,
  type Node,
  nonceBytes,
  type Observation,
  type ObservationPlan,
  type Outcome,
  observe,
  type PacketFilter,
  type Pod,
  type ProbeResult,
  ping,
  type StepContext,
  tcp,
  udp,
} from '../../src/index.ts'

/** The rule of the chain that decides a flow: the RETURN for a CIDR, the MASQUERADE, or none because the jump is not taken. */
export type DecidingRule = { readonly returns: string } | 'masquerade' | 'none'

/** One thing that a pod sends to somebody, and what should become of it. */
export interface Flow {
  readonly from: Pod
  /** Who receives it. */
  readonly receiver: Host
  /** The address that the receiver is reached at. */
  readonly address: string
  readonly decidedBy: DecidingRule
  /** Whether the receiver knows a way back to the source that it sees. */
  readonly answered: boolean
  /** What is sent; default a ping. A TCP or UDP port at which nobody listens answers with a reset or an ICMP error. */
  readonly probe?: { readonly protocol: 'tcp' | 'udp'; readonly port: number }
  /** Send to this address and port (a Service) instead; the receiver sees it at `address` and the port of `probe`. */
  readonly service?: { readonly clusterIp: string; readonly port: number }
}

export interface FlowResults {
  readonly observation: Observation<readonly ProbeResult[]>
  readonly flows: readonly Flow[]
  probe(flow: Flow): ProbeResult
}

const PINGS = 2
const ANSWER_TIMEOUT_MS = 500

/** The source that the receiver should see. */
export function sourceOf(flow: Flow): string {
  const host: Host = flow.decidedBy === 'masquerade' ? flow.from.node : flow.from
  const family = flow.address.includes(':') ? ':' : '.'
  return host.addresses.find((address) => address.includes(family)) ?? ''
}

/** Sends all flows at once, with captures in the pods, on the nodes and at the receivers, and the nodes' nat tables around them. */
export async function sendFlows(
  context: StepContext,
  title: string,
  flows: readonly Flow[],
  more: { readonly captures?: ObservationPlan['captures']; readonly family?: 4 | 6 } = {},
): Promise<FlowResults> {
  const { family = 4, captures = [] } = more
  const nodes = [...new Set(flows.map((flow) => flow.from.node))]
  const plan = {
    title,
    captures: [...pointsOf(flows, nodes), ...captures],
    rulesets: nodes.map((host) => ({ host, family, table: 'nat' })),
  }
  const observation = await observe(context, plan, () => Promise.all(flows.map((flow) => send(flow, context.signal))))
  return {
    observation,
    flows,
    probe(flow) {
      const found = observation.result[flows.indexOf(flow)]
      if (found === undefined) throw new Error('this flow was not sent')
      return found
    },
  }
}

async function send(flow: Flow, signal: AbortSignal): Promise<ProbeResult> {
  const options = { timeoutMs: ANSWER_TIMEOUT_MS, signal }
  if (flow.probe === undefined) return ping(flow.from, flow.address, { ...options, count: PINGS })
  const { address, port } = sentTo(flow)
  return flow.probe.protocol === 'tcp' ? tcp(flow.from, address, port, options) : udp(flow.from, address, port, options)
}

/** Where the pod addresses it: the ClusterIP of a Service, or the receiver. */
function sentTo(flow: Flow): { readonly address: string; readonly port: number } {
  if (flow.service !== undefined) return { address: flow.service.clusterIp, port: flow.service.port }
  return { address: flow.address, port: flow.probe?.port ?? 0 }
}

/** Pods and receivers on their eth0, nodes on their uplink, and on `any` where a node is itself the receiver. */
function pointsOf(flows: readonly Flow[], nodes: readonly Node[]) {
  const hosts = new Set<Host>([...flows.flatMap((flow) => [flow.from, flow.receiver]), ...nodes])
  const receivers = new Set(flows.map((flow) => flow.receiver))
  return [...hosts].flatMap((host) => {
    const uplink = { host, interface: 'eth0' }
    return host.kind === 'node' && receivers.has(host) ? [uplink, { host, interface: 'any' }] : [uplink]
  })
}

/** The flow's own packets towards the receiver, as the pod sends them and as the receiver sees them. */
function requestsOf(flow: Flow, probe: ProbeResult): { readonly sent: PacketFilter; readonly received: PacketFilter } {
  if (flow.probe === undefined) {
    const request = { icmp: 'echo-request' as const, payloadIncludes: nonceBytes(probe) }
    return { sent: { ...request, to: flow.address }, received: { ...request, to: flow.address } }
  }
  const { protocol, port } = flow.probe
  // A connection that does not come about carries no payload: its SYN is known by its port.
  const kind = protocol === 'tcp' ? { tcpFlags: { syn: true, ack: false } } : { payloadIncludes: nonceBytes(probe) }
  const aimed = sentTo(flow)
  return {
    sent: { protocol, ...kind, to: aimed.address, destinationPort: aimed.port },
    received: { protocol, ...kind, to: flow.address, destinationPort: port },
  }
}

/**
 * Observes that the flow arrived with the source it should have, and was answered or not. The control: the pod did send it. A
 * claim of its own for each flow: one that can not be decided does not hide another that is refuted.
 */
export async function claimFlows(
  context: StepContext,
  id: string,
  results: FlowResults,
  flows: readonly Flow[],
): Promise<void> {
  for (const flow of flows) await context.claim(id, (claim) => observeFlow(claim, results, flow))
}

function observeFlow(claim: ClaimRecorder, results: FlowResults, flow: Flow): void {
  const { observation } = results
  const probe = results.probe(flow)
  const { sent, received } = requestsOf(flow, probe)
  const what = flow.service ? 'Service' : (flow.probe?.protocol ?? 'ping')
  const name = `${flow.from.name} to ${flow.receiver.name}, ${what}`
  const device = flow.receiver.kind === 'node' ? 'any' : 'eth0'
  const arrivals = observation.capture(flow.receiver, device)
  claim.control(`${name}: the pod sent it`, containsPackets(observation.capture(flow.from, 'eth0'), sent))
  claim.observe(
    `${name}: the source that the receiver sees`,
    containsPackets(arrivals, { ...received, from: sourceOf(flow) }),
  )
  if (flow.service === undefined) {
    const others = matchPackets(arrivals.packets, received).filter((packet) => packet.ip?.source !== sourceOf(flow))
    claim.observe(
      `${name}: other sources that it sees`,
      isEqual([...new Set(others.map((packet) => packet.ip?.source))], []),
    )
  }
  claim.observe(`${name}: the answer`, hasOutcome(probe, outcomeOf(flow)))
}

function outcomeOf(flow: Flow): Outcome {
  if (!flow.answered) return 'timed-out'
  return flow.probe !== undefined && flow.service === undefined ? 'refused' : 'ok'
}

/**
 * How often each rule of the chain decided, on one node. A nat rule counts flows. A flow passes POSTROUTING of the node that it
 * leaves, and once more that of the node on which a pod receives it.
 */
export async function claimCounters(
  context: StepContext,
  id: string,
  results: FlowResults,
  node: Node,
  chain: string,
  family: 4 | 6 = 4,
): Promise<void> {
  const window = results.observation.ruleset(node, family)
  const counts = new Map<string, number>()
  for (const flow of results.flows) {
    const decision = decisionOn(node, flow)
    if (decision !== undefined) counts.set(decision, (counts.get(decision) ?? 0) + 1)
  }
  const jumps = [...counts.values()].reduce((sum, count) => sum + count, 0)
  await context.claim(id, (claim) => {
    for (const [decision, count] of counts) {
      const rule = decision === 'masquerade' ? { target: 'MASQUERADE' } : { target: 'RETURN', destination: decision }
      claim.observe(
        `${node.name}: flows that the rule decided`,
        hasCounted(window, { table: 'nat', chain, ...rule }, count),
      )
    }
    claim.observe(
      `${node.name}: flows that reached the chain (not those to the node itself)`,
      hasCounted(window, { table: 'nat', chain: 'POSTROUTING', target: chain }, jumps),
    )
  })
}

/** The CIDR of the RETURN or `masquerade`; undefined when the flow does not reach the chain on this node. */
function decisionOn(node: Node, flow: Flow): string | undefined {
  const receivedHere = flow.receiver.kind === 'pod' && (flow.receiver as Pod).node.name === node.name
  if ((flow.from.node.name !== node.name && !receivedHere) || flow.decidedBy === 'none') return undefined
  return typeof flow.decidedBy === 'string' ? flow.decidedBy : flow.decidedBy.returns
}
