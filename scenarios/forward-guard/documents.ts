/** The first listing of the document. */
export const LISTING_BEFORE = `
Chain FORWARD (policy DROP)
num  target     prot opt source               destination
1    cali-FORWARD  all  --  0.0.0.0/0            0.0.0.0/0            /* cali:wUHhoiAYhphO9Mso */
2    KUBE-FORWARD  all  --  0.0.0.0/0            0.0.0.0/0            /* kubernetes forwarding rules */
3    KUBE-SERVICES  all  --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes service portals */
4    KUBE-EXTERNAL-SERVICES  all  --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes externally-visible service portals */
5    DOCKER-USER  all  --  0.0.0.0/0            0.0.0.0/0
6    DOCKER-ISOLATION-STAGE-1  all  --  0.0.0.0/0            0.0.0.0/0
7    ACCEPT     all  --  0.0.0.0/0            0.0.0.0/0            ctstate RELATED,ESTABLISHED
8    DOCKER     all  --  0.0.0.0/0            0.0.0.0/0
9    ACCEPT     all  --  0.0.0.0/0            0.0.0.0/0
10   ACCEPT     all  --  0.0.0.0/0            0.0.0.0/0
11   ACCEPT     all  --  10.42.0.0/16         0.0.0.0/0
12   ACCEPT     all  --  0.0.0.0/0            10.42.0.0/16
13   ACCEPT     all  --  0.0.0.0/0            0.0.0.0/0            /* cali:S93hcgKJrXEqnTfs */ /* Policy explicitly accepted packet. */ mark match 0x10000/0x10000
`

const GUARD_ROW =
  '12   REJECT     all  --  0.0.0.0/0            0.0.0.0/0            ! match-set cluster_nodes src reject-with icmp-port-unreachable'

/** The second listing of the document: the same with the new rule at 12. */
export const LISTING_AFTER = LISTING_BEFORE.replace(/^12 {3}/m, `${GUARD_ROW}\n13   `).replace(
  /^13 (?= {2}ACCEPT.*cali:S93)/m,
  '14 ',
)

const POD_CIDR = '10.42.0.0/16'

/** The rules of FORWARD, first to last, with the interfaces that the listing hides. */
const FORWARD = [
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
  `-s ${POD_CIDR} -j ACCEPT`,
  `-d ${POD_CIDR} -j ACCEPT`,
  '-m comment --comment "cali:S93hcgKJrXEqnTfs" -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT',
]

const CHAINS = [
  'cali-FORWARD',
  'KUBE-FORWARD',
  'KUBE-SERVICES',
  'KUBE-EXTERNAL-SERVICES',
  'DOCKER-USER',
  'DOCKER-ISOLATION-STAGE-1',
  'DOCKER',
]

/**
 * The FORWARD chain of a node with Calico, kube-proxy and Docker, as a payload for iptables-restore. KUBE-FORWARD has kube-proxy's
 * three rules; the chains of Calico and Docker are empty, as on a node without policies and containers of Docker.
 */
export function forwardSkeleton(): string {
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...CHAINS.map((chain) => `:${chain} - [0:0]`),
    ...FORWARD.map((rule) => `-A FORWARD ${rule}`),
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    'COMMIT',
    '',
  ].join('\n')
}

export const SET = 'cluster_nodes'
/** The definition of the rule as the document gives it. */
export const GUARD = ['-i', 'ens18', '-m', 'set', '!', '--match-set', SET, 'src', '-j', 'REJECT']
