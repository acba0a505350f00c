import { z } from 'zod'

const cidrs = z.array(z.string()).min(1).max(2)

const nodeSchema = z.strictObject({
  name: z.string(),
  role: z.enum(['control-plane', 'worker']).default('worker'),
  /** One per address family; default: the next free ones of the node subnets. */
  addresses: z.array(z.string()).optional(),
  /** The node's part of the pod CIDRs; default: the next /24 (IPv4, /26 when the pod CIDR is a /24) and /64 (IPv6). */
  podCidrs: z.array(z.string()).optional(),
  labels: z.record(z.string(), z.string()).default({}),
})

const machineSchema = z.strictObject({
  name: z.string(),
  /** With prefix length: the machine's own network(s). */
  addresses: z.array(z.string()).min(1),
  /** Which prefixes this machine can answer to, through the router. A prefix that is not listed is unreachable from it. */
  routes: z.array(z.string()).default([]),
})

/** What only real Kubernetes has a choice of; the provider kind reads it. */
const kindSchema = z.strictObject({
  /** The network of the pods: kind's own, or what is installed in its place. */
  cni: z.enum(['default', 'calico', 'cilium']).default('default'),
  /** Installed by its charts, where helm and its images are to be had. */
  mesh: z.enum(['none', 'istio']).default('none'),
  kubeProxyMode: z.enum(['iptables', 'nftables', 'ipvs', 'none']).default('iptables'),
  /** Whether nodes keep a way out of the cluster's networks when it is ready. Test traffic may then leave, too. */
  isOnline: z.boolean().default(false),
})

/**
 * A provider-neutral description of a cluster (`clusters/*.yaml`). Dual stack when each list holds an IPv4 and an IPv6 CIDR.
 *
 * The network: all nodes and outsiders sit on one bridge (the node subnets). A router has the first address of each node
 * subnet and is the nodes' default gateway. Each external host is on a network of its own behind the router. The router knows
 * the pod CIDRs (each by way of its node; unless `routerKnowsPods` is false) and never rewrites a packet; what an external host can answer to is decided by
 * its own `routes`.
 */
export const profileSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  nodeSubnets: cidrs,
  podCidrs: cidrs,
  serviceCidrs: cidrs,
  nodes: z.array(nodeSchema).min(1),
  outsiders: z.array(z.strictObject({ name: z.string(), addresses: z.array(z.string()).optional() })).default([]),
  externalHosts: z.array(machineSchema).default([]),
  /** Whether the router forwards to the pod CIDRs. Where it does not, they are known to the nodes alone. */
  routerKnowsPods: z.boolean().default(true),
  /** The name of the nodes' interface on the node subnets. */
  nodeInterface: z
    .string()
    .regex(/^[\w.-]{1,15}$/, 'expected an interface name of at most 15 characters')
    .default('eth0'),
  kind: kindSchema.prefault({}),
})

export type ClusterProfile = z.infer<typeof profileSchema>
