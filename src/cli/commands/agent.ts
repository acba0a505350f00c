import { PacketproofError } from '../../errors.ts'
import { suggest } from '../suggest.ts'

type AgentCommand = (argv: readonly string[]) => Promise<number>

/** The agents, each a program in its own right with the upstream program's options. */
const agents: Readonly<Record<string, { readonly summary: string; load(): Promise<AgentCommand> }>> = {
  encryption: {
    summary: 'sends what pods send to pods of other nodes through WireGuard, as Cilium did up to 1.13',
    load: async () => (await import('../../components/encryption/agent-command.ts')).encryptionAgentCommand,
  },
  'forward-guard': {
    summary: 'lets nothing but what comes from cluster nodes be forwarded to pods, with an ipset and one rule',
    load: async () => (await import('../../components/forward-guard/agent-command.ts')).forwardGuardAgentCommand,
  },
  masquerade: {
    summary: 'masquerades what leaves the cluster, as kubernetes-sigs/ip-masq-agent does',
    load: async () => (await import('../../components/masquerade/agent-command.ts')).masqueradeAgentCommand,
  },
  'pilot-agent': {
    summary: "runs the sidecar's programs with the arguments that Istio's image is given",
    load: async () => (await import('../../components/sidecar/pilot-agent-command.ts')).pilotAgentCommand,
  },
  'sidecar-init': {
    summary: "writes the rules that lead a pod's connections through its sidecar, as Istio's istio-iptables does",
    load: async () => (await import('../../components/sidecar/init/init-command.ts')).sidecarInitCommand,
  },
  'sidecar-proxy': {
    summary: "passes a pod's connections on to where they were bound, and writes a line about each, in Envoy's place",
    load: async () => (await import('../../components/sidecar/proxy/proxy-command.ts')).sidecarProxyCommand,
  },
  'network-policy': {
    summary: "enforces NetworkPolicies on a node, with the rules of Calico's Felix",
    load: async () => (await import('../../components/network-policy/agent-command.ts')).networkPolicyAgentCommand,
  },
  prober: {
    summary: 'sends the probes of a matrix from inside the pods of a node; started by the harness',
    load: async () => (await import('../../probe/prober/prober-command.ts')).proberCommand,
  },
  'service-proxy': {
    summary: "translates Services to their endpoints, with the rules of kube-proxy's iptables mode",
    load: async () => (await import('../../components/service-proxy/agent-command.ts')).serviceProxyAgentCommand,
  },
  'tcp-cost': {
    summary: 'measures what TCP connections cost; started by the harness',
    load: async () => (await import('../../probe/tcp-cost/cost-command.ts')).tcpCostCommand,
  },
}

/**
 * Hands the raw arguments to an agent: `packetproof agent NAME [ARGUMENT…]`.
 * @throws PacketproofError E_USAGE for an agent that does not exist.
 */
export async function agent(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${help()}\n`)
    return 0
  }
  const names = Object.keys(agents)
  if (name === undefined) throw new PacketproofError('E_USAGE', 'which agent?', { hint: `known: ${names.join(', ')}` })
  const found = names.includes(name) ? agents[name] : undefined
  if (found === undefined)
    throw new PacketproofError('E_USAGE', `unknown agent "${name}"`, { hint: suggest(name, names) })
  return await (await found.load())(rest)
}

function help(): string {
  const lines = Object.entries(agents).map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`)
  return `Usage: packetproof agent NAME [OPTION...]\n\nAgents:\n${lines.join('\n')}\n\npacketproof agent NAME --help shows an agent's options.`
}
