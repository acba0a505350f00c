import type { Host } from '../../cluster/host.ts'
import { PacketproofError } from '../../errors.ts'
import { ownedBy } from '../../ruleset/select-rules.ts'
import { findChainOnNode, type NatListing } from './node-rules.ts'
import type { IpFamily } from './rules.ts'

/**
 * The `iptables-restore --noflush` payload that takes the agent's chain away: every rule that leads to it, whatever its
 * comment, then the chain. ip-masq-agent itself leaves them behind when it is deleted.
 * @returns undefined when the table has nothing of it.
 */
export function renderCleanup({ ruleset }: Pick<NatListing, 'ruleset'>, chain: string): string | undefined {
  const { chains, jumps } = ownedBy(ruleset, { chains: [chain] })
  if (chains.length + jumps.length === 0) return undefined
  const lines = [
    '*nat',
    `:${chain} - [0:0]`,
    ...jumps.map((rule) => `-D ${rule.chain} ${rule.spec}`),
    `-X ${chain}`,
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

/**
 * Removes the agent's chain and the jumps to it from a node.
 * @returns whether there was anything to remove.
 * @throws PacketproofError E_RULESET when iptables-restore refuses.
 */
export async function cleanNode(host: Host, family: IpFamily, chain: string): Promise<boolean> {
  const listing = await findChainOnNode(host, family, chain)
  const payload = listing && renderCleanup(listing, chain)
  if (listing === undefined || payload === undefined) return false
  const argv = [`${listing.command}-restore`, '-w', '5', '--noflush']
  const result = await host.exec(argv, { stdin: payload })
  if (result.exitCode === 0) return true
  throw new PacketproofError(
    'E_RULESET',
    `${host.name}: the chain ${chain} could not be removed: ${argv.join(' ')}: ${result.stderr.trim()}`,
  )
}
