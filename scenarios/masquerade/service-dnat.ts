import { type Cluster, ensureSuccess, type Node, readRuleset, rulesOf } from '../../src/index.ts'

/** What a Service stands for: its ClusterIP and the one endpoint behind it. */
export interface ServiceAddress {
  readonly name: string
  readonly clusterIp: string
  readonly port: number
  readonly endpoint: string
  readonly endpointPort: number
}

/**
 * Makes the nodes translate the ClusterIP to the endpoint, as kube-proxy does in its chains. Where something already does (a
 * cluster that runs kube-proxy) nothing is added.
 */
export async function programServiceDnat(cluster: Cluster, target: ServiceAddress): Promise<void> {
  await Promise.all(cluster.nodes.map((node) => programNode(node, target)))
}

async function programNode(node: Node, target: ServiceAddress): Promise<void> {
  const rules = [...rulesOf(await readRuleset(node, { table: 'nat' }))]
  if (rules.some((rule) => rule.destination?.value.startsWith(target.clusterIp))) return
  const chain = `KUBE-SVC-${target.name.toUpperCase()}`
  const hasServices = rules.some((rule) => rule.target === 'KUBE-SERVICES')
  const payload = [
    '*nat',
    ':KUBE-SERVICES - [0:0]',
    `:${chain} - [0:0]`,
    ...(hasServices ? [] : ['-A PREROUTING -j KUBE-SERVICES', '-A OUTPUT -j KUBE-SERVICES']),
    ...rules.filter((rule) => rule.chain === 'KUBE-SERVICES').map((rule) => `-A KUBE-SERVICES ${rule.spec}`),
    `-A KUBE-SERVICES -d ${target.clusterIp}/32 -p tcp -m tcp --dport ${target.port} -j ${chain}`,
    `-A ${chain} -p tcp -m tcp -j DNAT --to-destination ${target.endpoint}:${target.endpointPort}`,
    'COMMIT',
    '',
  ].join('\n')
  await ensureSuccess(node, ['iptables-restore', '-w', '5', '--noflush'], { stdin: payload })
}
