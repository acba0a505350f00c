import type { NodeObject } from './cluster-node.ts'

/** The rules of FORWARD in the document's listing, as iptables-save shows them: 13, of Calico, kube-proxy and Docker. */
export const documentForward: readonly string[] = [
  '-m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
  '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
  '-m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
  '-j DOCKER-USER',
  '-j DOCKER-ISOLATION-STAGE-1',
  '-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-o docker0 -j DOCKER',
  '-i docker0 ! -o docker0 -j ACCEPT',
  '-i docker0 -o docker0 -j ACCEPT',
  '-s 10.42.0.0/16 -j ACCEPT',
  '-d 10.42.0.0/16 -j ACCEPT',
  '-m comment --comment "cali:S93hcgKJrXEqnTfs" -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT',
]

/** kube-proxy's own chain, and what stands in Docker's. */
export const kubeForward: readonly string[] = [
  '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
  '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
  '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A DOCKER-USER -j RETURN',
]

/** A filter table as iptables-save prints it and iptables-restore takes it; every chain that a rule names is declared. */
export function filterTable(forward: readonly string[], chains: readonly string[] = [], policy = 'DROP'): string {
  const rules = [...forward.map((spec) => `-A FORWARD ${spec}`), ...chains]
  const targets = /-[jg] ((?!ACCEPT|DROP|REJECT|RETURN|LOG|MARK)[\w-]+)/
  const names = new Set(
    rules.flatMap((rule) => [/^-A (\S+)/.exec(rule)?.[1] ?? '', targets.exec(rule)?.[1] ?? 'FORWARD']),
  )
  names.delete('FORWARD')
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    `:FORWARD ${policy} [0:0]`,
    ':OUTPUT ACCEPT [0:0]',
    ...[...names].map((name) => `:${name} - [0:0]`),
    ...rules,
    'COMMIT',
    '',
  ].join('\n')
}

/** A Node object as `kubectl get nodes -o json` has it, in what matters here. */
export function nodeObject(name: string, addresses: readonly string[], podCIDRs: readonly string[] = []): NodeObject {
  return {
    metadata: { name },
    spec: { podCIDRs },
    status: {
      addresses: [
        { type: 'Hostname', address: name },
        ...addresses.map((address) => ({ type: 'InternalIP', address })),
      ],
    },
  }
}
