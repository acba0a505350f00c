import {
  compareListing,
  ensureSuccess,
  findChain,
  isEqual,
  listingEvidence,
  parseListing,
  readRuleset,
  type StepDefinition,
} from '../../../src/index.ts'
import { forwardSkeleton, LISTING_BEFORE } from '../documents.ts'
import { ECHO_PORT, type ForwardGuardWorld, HTTP_PORT } from '../world.ts'

export const skeleton: StepDefinition<ForwardGuardWorld> = {
  id: 'skeleton',
  title: "run a pod on each node, and give the nodes the document's FORWARD chain",
  claims: ['S4.4'],
  essential: true,
  async run(context, world) {
    const { cluster, signal } = context
    const serve = `busybox nc -ll -p ${ECHO_PORT} -e cat & exec busybox httpd -f -p ${HTTP_PORT} -h /etc`
    const pods = await Promise.all(
      cluster.nodes.map((node, index) =>
        cluster.runPod({ name: `pod-${index + 1}`, node: node.name, command: ['sh', '-c', serve] }),
      ),
    )
    world.pods.push(...pods)
    for (const [index, node] of cluster.nodes.entries()) {
      await ensureSuccess(node, ['iptables-restore', '-w', '5'], { stdin: forwardSkeleton() })
      // Every probe is to have its answer: the kernel would send one outsider six ICMP errors and then one a second.
      await ensureSuccess(node, ['sysctl', '-q', '-w', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0'])
      await routeByWayOf(cluster.machine(`outsider-${index + 1}`), node.addresses, cluster.profile.podCidrs)
    }
    for (const node of cluster.nodes) {
      const ruleset = await readRuleset(node, { table: 'filter', signal })
      const chain = findChain(ruleset, 'filter', 'FORWARD')
      const rows = parseListing(LISTING_BEFORE, "the document's first listing").rows
      const listing = listingEvidence(
        context.evidence,
        `FORWARD in the document, and on ${node.name}`,
        compareListing(rows, chain?.rules ?? []),
      )
      await context.claim('S4.4', (claim) => {
        claim.observe(`${node.name}: line by line`, listing)
        claim.observe(`${node.name}: the policy`, isEqual(chain?.policy, 'DROP'))
        claim.observe(`${node.name}: rules`, isEqual(chain?.rules.length, 13))
      })
    }
  },
}

async function routeByWayOf(
  outsider: Parameters<typeof ensureSuccess>[0],
  gateways: readonly string[],
  podCidrs: readonly string[],
): Promise<void> {
  for (const cidr of podCidrs) {
    const gateway = gateways.find((address) => address.includes(':') === cidr.includes(':'))
    if (gateway !== undefined) await ensureSuccess(outsider, ['ip', 'route', 'add', cidr, 'via', gateway])
  }
}
