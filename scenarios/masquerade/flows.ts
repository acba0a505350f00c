import {
  type ClaimRecorder,
  containsPackets,
  type Host,
  hasCounted,
  hasOutcome,
  type Node,
  nonceBytes,
  type Observation,
  observe,
  type Pod,
  type ProbeResult,
  ping,
  type StepContext,
  urlOf,
  wget,
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
  /** Ask for a URL at this address and port (a Service) instead of pinging the receiver. */
  readonly service?: { readonly clusterIp: string; readonly port: number }
}

export interface FlowResults {
  readonly observation: Observation<readonly ProbeResult[]>
  readonly flows: readonly Flow[]
  probe(flow: Flow): ProbeResult
}

const PINGS = 2
const PING_TIMEOUT_MS = 500

export function isMasqueraded(flow: Flow): boolean {
  return flow.decidedBy === 'masquerade'
}

/** The source that the receiver should see. */
export function sourceOf(flow: Flow): string {
  const host: Host = isMasqueraded(flow) ? flow.from.node : flow.from
  const family = flow.address.includes(':') ? ':' : '.'
  return host.addresses.find((address) => address.includes(family)) ?? ''
}

/** Sends all flows at once, with captures in the pods, on the nodes and at the receivers, and the nodes' nat tables around them. */
export async function sendFlows(
  context: StepContext,
  title: string,
  flows: readonly Flow[],
  more: { readonly captures?: Parameters<typeof observe>[1]['captures']; readonly family?: 4 | 6 } = {},
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
  const { service } = flow
  if (service !== undefined) return wget(flow.from, urlOf(service.clusterIp, service.port), { signal })
  return ping(flow.from, flow.address, { count: PINGS, timeoutMs: PING_TIMEOUT_MS, signal })
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

/** Observes that the flow arrived with the source it should have, and was answered or not. The control: the pod did send it. */
export function observeFlow(claim: ClaimRecorder, results: FlowResults, flow: Flow): void {
  const { observation } = results
  const probe = results.probe(flow)
  const name = `${flow.from.name} to ${flow.receiver.name}`
  const request = {
    payloadIncludes: nonceBytes(probe),
    ...(flow.service === undefined && { icmp: 'echo-request' as const }),
  }
  claim.control(`${name}: the pod sent it`, containsPackets(observation.capture(flow.from), request))
  const device = flow.receiver.kind === 'node' ? 'any' : 'eth0'
  claim.observe(
    `${name}: the source that the receiver sees`,
    containsPackets(observation.capture(flow.receiver, device), {
      ...request,
      from: sourceOf(flow),
      to: flow.address,
    }),
  )
  claim.observe(`${name}: the answer`, hasOutcome(probe, flow.answered ? 'ok' : 'timed-out'))
}

/**
 * How often each rule of the chain decided, on one node. A nat rule counts flows. A flow passes POSTROUTING of the node that it
 * leaves, and once more that of the node on which a pod receives it.
 */
export function observeCounters(
  claim: ClaimRecorder,
  results: FlowResults,
  node: Node,
  chain: string,
  family: 4 | 6 = 4,
): void {
  const window = results.observation.ruleset(node, family)
  const counts = new Map<string, number>()
  for (const flow of results.flows) {
    for (const decision of decisionsOn(node, flow)) counts.set(decision, (counts.get(decision) ?? 0) + 1)
  }
  let jumps = 0
  for (const [decision, count] of counts) {
    if (decision === 'none') continue
    jumps += count
    const selector =
      decision === 'masquerade' ? { target: 'MASQUERADE' } : { target: 'RETURN', destination: decision }
    claim.observe(`${node.name}: flows that the rule decided`, hasCounted(window, { table: 'nat', chain, ...selector }, count))
  }
  claim.observe(
    `${node.name}: flows that reached the chain (not those to the node itself)`,
    hasCounted(window, { table: 'nat', chain: 'POSTROUTING', target: chain }, jumps),
  )
}

function decisionsOn(node: Node, flow: Flow): string[] {
  const decision = typeof flow.decidedBy === 'string' ? flow.decidedBy : flow.decidedBy.returns
  const receivedHere = flow.receiver.kind === 'pod' && (flow.receiver as Pod).node.name === node.name
  const leavesHere = flow.from.node.name === node.name
  if (leavesHere) return [decision]
  return receivedHere ? [decision] : []
}
