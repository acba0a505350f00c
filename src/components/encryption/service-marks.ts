import { createHash } from 'node:crypto'
import { noSuchProgram, type RunTool } from '../run-tool.ts'
import { deviceName, encryptMark, type IpFamily } from './names.ts'

/** A table of nftables, because no table of iptables sees packets between the translation of Services and routing. */
export const serviceTable = 'packetproof-encryption'

/** After dstnat (-100), which the nat table of iptables is as well. */
const PRIORITY = -90

export interface ServiceMarks {
  /** Without nft there are no such marks. */
  readonly hasNft: boolean
  /** What `nft list table` prints; undefined when there is no such table. */
  readonly listing: string | undefined
}

const nftFamily = (family: IpFamily): string => (family === 4 ? 'ip' : 'ip6')

export async function readServiceMarks(run: RunTool, family: IpFamily): Promise<ServiceMarks> {
  const { exitCode, stdout } = await run(['nft', 'list', 'table', nftFamily(family), serviceTable])
  return { hasNft: exitCode !== noSuchProgram, listing: exitCode === 0 ? stdout : undefined }
}

/**
 * A payload for `nft -f`: what pods send to a Service is marked once its destination is a pod of a peer. By the pod CIDRs of the peers:
 * what has no peer yet then goes into the tunnel and no further. Each rule carries a digest of them all, to be recognised by.
 */
export function renderServiceMarks(family: IpFamily, uplink: string, podCidrs: readonly string[]): string {
  const table = `table ${nftFamily(family)} ${serviceTable}`
  const [set, keep] = [encryptMark.value, ~encryptMark.mask >>> 0].map(
    (value) => `0x${value.toString(16).padStart(8, '0')}`,
  )
  const rules = [
    `iifname { "${uplink}", "${deviceName}" } return`,
    `ct status dnat ${nftFamily(family)} daddr { ${podCidrs.join(', ')} } meta mark set meta mark & ${keep} | ${set}`,
  ]
  const digest = digestOf(rules)
  return [
    table,
    `delete ${table}`,
    `${table} {`,
    '  chain services {',
    `    type filter hook prerouting priority ${PRIORITY}; policy accept;`,
    ...rules.map((rule) => `    ${rule} comment "${digest}"`),
    '  }',
    '}',
    '',
  ].join('\n')
}

/** Whether the table holds the rules of the payload and no others. */
export function holdsServiceMarks(listing: string | undefined, payload: string): boolean {
  const digest = /comment "([0-9a-f]+)"/.exec(payload)?.[1] ?? ''
  const rules = (listing ?? '').split('\n').filter((line) => /^\t\t(?!type )\S/.test(line))
  return rules.length === 2 && rules.every((line) => line.includes(`comment "${digest}"`))
}

export function deleteServiceTable(family: IpFamily): readonly string[] {
  return ['nft', 'delete', 'table', nftFamily(family), serviceTable]
}

function digestOf(rules: readonly string[]): string {
  return createHash('sha256').update(rules.join('\n')).digest('hex').slice(0, 16)
}
