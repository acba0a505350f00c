import { familyOf } from '../../../helpers/cidr.ts'
import type { ServiceProxyFlags } from './flags.ts'
import type { IpFamily } from './service-port.ts'

/** What kube-proxy is told by its flags, and what it finds out about its node. */
export interface ProxyOptions {
  readonly nodeName: string
  /** The node's own address of the family. */
  readonly nodeIp?: string
  /** The pods' addresses: what comes from elsewhere to a cluster IP is masqueraded. Undefined: nothing is known to be a pod. */
  readonly clusterCidr?: string
  /** Masquerade everything that goes to a cluster IP. */
  readonly masqueradeAll: boolean
  /** Node ports answer at 127.0.0.1, too; IPv4 only. */
  readonly localhostNodePorts: boolean
  /** Whether iptables has `--random-fully` for MASQUERADE. */
  readonly randomFully: boolean
}

/** What the flags, and the node's own addresses, come to in one family. */
export function proxyOptionsOf(
  flags: Pick<ServiceProxyFlags, 'clusterCidrs' | 'masqueradeAll' | 'localhostNodePorts'>,
  nodeName: string,
  nodeAddresses: readonly string[],
  family: IpFamily,
): ProxyOptions {
  const nodeIp = nodeAddresses.find((address) => familyOf(address) === family)
  const clusterCidr = flags.clusterCidrs.find((cidr) => cidr.family === family)?.text
  return {
    nodeName,
    masqueradeAll: flags.masqueradeAll,
    localhostNodePorts: flags.localhostNodePorts,
    // Every iptables that is supported here has it: since 1.6.2.
    randomFully: true,
    ...(nodeIp !== undefined && { nodeIp }),
    ...(clusterCidr !== undefined && { clusterCidr }),
  }
}
